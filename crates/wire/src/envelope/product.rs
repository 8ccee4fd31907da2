//! The product sections of a descriptor (DSP0243 9.5). Invariant: they are of the type that the API has for them, so that what a package
//! says and what a request says is understood in one place.

use super::{attribute, elements, required, text_of};
use crate::error::{ParseError, ParseErrorKind};
use crate::ovf::{ProductSection, ProductSectionProperty, PropertyConfigurationValue};
use roxmltree::Node;

/// The product sections of a virtual system or a collection.
pub(super) fn sections(of: Node<'_, '_>) -> Result<Vec<ProductSection>, ParseError> {
    elements(of, "ProductSection").map(section).collect()
}

/// Icons are left out: they are files of the package.
fn section(node: Node<'_, '_>) -> Result<ProductSection, ParseError> {
    let text = |name: &'static str| text_of(node, name);
    let named = |name: &str| attribute(node, name).map(str::to_owned);
    Ok(ProductSection {
        required: flag(node, "required")?,
        class: named("class"),
        instance: named("instance"),
        info: text("Info").unwrap_or_default(),
        product: text("Product"),
        vendor: text("Vendor"),
        version: text("Version"),
        full_version: text("FullVersion"),
        product_url: text("ProductUrl"),
        vendor_url: text("VendorUrl"),
        app_url: text("AppUrl"),
        icon: Vec::new(),
        category: elements(node, "Category").filter_map(|category| category.text()).map(|text| text.trim().to_owned()).collect(),
        property: elements(node, "Property").map(property).collect::<Result<_, _>>()?,
    })
}

fn property(node: Node<'_, '_>) -> Result<ProductSectionProperty, ParseError> {
    let named = |name: &str| attribute(node, name).map(str::to_owned);
    let value = |value: Node<'_, '_>| {
        Ok(PropertyConfigurationValue {
            value: required(value, "value")?,
            configuration: attribute(value, "configuration").map(str::to_owned),
        })
    };
    Ok(ProductSectionProperty {
        key: required(node, "key")?,
        r#type: required(node, "type")?,
        qualifiers: named("qualifiers"),
        user_configurable: flag(node, "userConfigurable")?,
        value_attr: named("value"),
        password: flag(node, "password")?,
        label: text_of(node, "Label"),
        description: text_of(node, "Description"),
        value: elements(node, "Value").map(value).collect::<Result<_, ParseError>>()?,
    })
}

fn flag(node: Node<'_, '_>, name: &str) -> Result<Option<bool>, ParseError> {
    match attribute(node, name).map(str::trim) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            let of = node.tag_name().name();
            Err(ParseError::new(ParseErrorKind::BadValue, format!("{name} of {of} must be true or false, not \"{shown}\"")))
        }
    }
}
