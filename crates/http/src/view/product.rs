//! Product sections, in documents and as a list of their own. Invariant: what is read of a section is what is shown of it, so that a client
//! may send back what it read.

use crate::view::ViewCx;
use crate::view::links::link;
use crate::view::section::At;
use vcdsim_model::action::Action;
use vcdsim_model::kind::View;
use vcdsim_model::media;
use vcdsim_model::product::{ProductProperty, ProductSection, PropertyValue};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovf, vcloud};

/// `ProductSectionList` of an object; `edit` is the action that changes it, where there is one.
pub(crate) fn list(cx: &ViewCx<'_>, graph: &Graph, edit: Option<&Action>) -> vcloud::ProductSectionList {
    let href = At(&cx.base.href(graph.entity.urn(), View::User)).href("productSections");
    let rel = edit.filter(|edit| graph.admits(edit, cx.caller)).and_then(|edit| edit.rel);
    vcloud::ProductSectionList {
        link: rel.map(|rel| link(rel, Some(media::PRODUCT_SECTIONS), href.clone().unwrap_or_default())).into_iter().collect(),
        href,
        r#type: Some(media::PRODUCT_SECTIONS.to_owned()),
        product_section: sections(graph),
    }
}

/// `ovf:ProductSection` in the document of an object.
pub(crate) fn sections(graph: &Graph) -> Vec<ovf::ProductSection> {
    graph.entity.products().iter().map(section).collect()
}

fn section(said: &ProductSection) -> ovf::ProductSection {
    let said = said.clone();
    ovf::ProductSection {
        // Recorded: what OVF takes for said when it is not is written out.
        required: said.required.or(Some(true)),
        class: said.class.or_else(|| Some(String::new())),
        instance: said.instance.or_else(|| Some(String::new())),
        info: said.info,
        product: said.product,
        vendor: said.vendor,
        version: said.version,
        full_version: said.full_version,
        product_url: said.product_url,
        vendor_url: said.vendor_url,
        app_url: said.app_url,
        icon: Vec::new(),
        category: said.categories,
        property: said.properties.into_iter().map(property).collect(),
    }
}

fn property(said: ProductProperty) -> ovf::ProductSectionProperty {
    let value = |PropertyValue { value, configuration }| ovf::PropertyConfigurationValue { value, configuration };
    ovf::ProductSectionProperty {
        key: said.key,
        r#type: said.r#type,
        qualifiers: said.qualifiers,
        user_configurable: said.user_configurable,
        value_attr: said.default,
        password: said.password,
        label: said.label,
        description: said.description,
        value: said.values.into_iter().map(value).collect(),
    }
}

/// What sections say, which a package or a request has.
pub(crate) fn said(sections: Vec<ovf::ProductSection>) -> Vec<ProductSection> {
    let section = |sent: ovf::ProductSection| ProductSection {
        required: sent.required,
        class: sent.class,
        instance: sent.instance,
        info: sent.info,
        product: sent.product,
        vendor: sent.vendor,
        version: sent.version,
        full_version: sent.full_version,
        product_url: sent.product_url,
        vendor_url: sent.vendor_url,
        app_url: sent.app_url,
        categories: sent.category,
        properties: sent.property.into_iter().map(said_property).collect(),
    };
    sections.into_iter().map(section).collect()
}

fn said_property(sent: ovf::ProductSectionProperty) -> ProductProperty {
    let value = |ovf::PropertyConfigurationValue { value, configuration }| PropertyValue { value, configuration };
    ProductProperty {
        key: sent.key,
        r#type: sent.r#type,
        qualifiers: sent.qualifiers,
        user_configurable: sent.user_configurable,
        default: sent.value_attr,
        password: sent.password,
        label: sent.label,
        description: sent.description,
        values: sent.value.into_iter().map(value).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_shown_as_it_was_said() {
        let properties = vec![ProductProperty {
            key: "port".to_owned(),
            r#type: "uint16".to_owned(),
            qualifiers: Some("MinValue(1)".to_owned()),
            user_configurable: Some(true),
            default: Some("80".to_owned()),
            password: Some(false),
            label: Some("Port".to_owned()),
            description: Some("d".to_owned()),
            values: vec![PropertyValue { value: "1".to_owned(), configuration: Some("c".to_owned()) }],
        }];
        let text = |text: &str| Some(text.to_owned());
        let whole = ProductSection {
            class: text("a"),
            instance: text("b"),
            required: Some(true),
            info: "c".to_owned(),
            product: text("d"),
            vendor: text("e"),
            version: text("f"),
            full_version: text("g"),
            product_url: text("h"),
            vendor_url: text("i"),
            app_url: text("j"),
            categories: vec!["k".to_owned()],
            properties,
        };
        assert_eq!(said(vec![section(&whole)]), [whole]);
    }
}
