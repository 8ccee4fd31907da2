//! What the products in a vApp or a machine say of themselves, and what can be set of them (DSP0243 9.5). Invariant: what was said is
//! kept as it was said; only values of properties that users may configure are changed on the way to a copy.

use crate::action::{Action, Need};
use crate::entity::{Body, Entity};
use crate::kind::{Kind, View};
use crate::media;
use serde::{Deserialize, Serialize};

/// A product; class and instance tell several of one object apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSection {
    /// What kind of product it is, as in `com.example.db`.
    pub class: Option<String>,
    /// Which of several of its class.
    pub instance: Option<String>,
    /// Whether who cannot read it must refuse the package.
    pub required: Option<bool>,
    /// What the section is.
    pub info: String,
    /// The product's name.
    pub product: Option<String>,
    /// Who makes it.
    pub vendor: Option<String>,
    /// Its version in short.
    pub version: Option<String>,
    /// Its version in full.
    pub full_version: Option<String>,
    /// Where to read about it.
    pub product_url: Option<String>,
    /// Where to read about its maker.
    pub vendor_url: Option<String>,
    /// Where it answers once it runs.
    pub app_url: Option<String>,
    /// Headings for its properties.
    pub categories: Vec<String>,
    /// What can be set of it.
    pub properties: Vec<ProductProperty>,
}

/// One thing that can be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductProperty {
    /// Its name.
    pub key: String,
    /// Its type, as in `string`, `boolean`, `uint16`.
    pub r#type: String,
    /// What bounds the type, as in `MinLen(1)`.
    pub qualifiers: Option<String>,
    /// Whether users may set it.
    pub user_configurable: Option<bool>,
    /// Its value where nobody set another.
    pub default: Option<String>,
    /// Whether it is a secret.
    pub password: Option<bool>,
    /// What it is called where users see it.
    pub label: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// Values that were set, or that configurations of a package have.
    pub values: Vec<PropertyValue>,
}

/// A value of a property.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyValue {
    /// The value.
    pub value: String,
    /// The configuration that has it; `None` for all.
    pub configuration: Option<String>,
}

impl ProductProperty {
    /// The value it was given, or has by default.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        let set = self.values.iter().find(|value| value.configuration.is_none());
        set.map(|set| set.value.as_str()).or(self.default.as_deref())
    }
}

/// These products with the values that a request asks for; properties that users may not configure, and those that are not there, stay
/// as they are, since clients send back whole sections that they read.
#[must_use]
pub fn configured(mut products: Vec<ProductSection>, asked: &[ProductSection]) -> Vec<ProductSection> {
    let name = |section: &ProductSection| (section.class.clone().unwrap_or_default(), section.instance.clone().unwrap_or_default());
    for section in &mut products {
        let same = name(section);
        let asked = asked.iter().filter(|asked| name(asked) == same).flat_map(|asked| &asked.properties);
        for (property, value) in asked.filter_map(|property| Some((property, property.value()?))) {
            let known = section.properties.iter_mut().find(|known| known.key == property.key && known.user_configurable == Some(true));
            if let Some(known) = known.filter(|known| known.value() != Some(value)) {
                known.values = vec![PropertyValue { value: value.to_owned(), configuration: None }];
            }
        }
    }
    products
}

impl Entity {
    /// What its products say: those of a vApp, a machine or a template, none of anything else.
    #[must_use]
    pub fn products(&self) -> &[ProductSection] {
        match &self.body {
            Body::VApp(vapp) => &vapp.products,
            Body::Vm(vm) => &vm.products,
            Body::VAppTemplate(template) => &template.products,
            Body::TemplateVm(vm) => &vm.products,
            _ => &[],
        }
    }
}

/// Where they lie below an object.
const PLACE: &str = "/productSections";

/// Reads what the products of an object say.
#[must_use]
pub const fn read(kind: Kind, need: Need) -> Action {
    Action::read(kind, View::User, need).at(PLACE)
}

/// Changes that.
#[must_use]
pub const fn edit(kind: Kind, need: Need) -> Action {
    Action::put(kind, PLACE, need).rel("edit").takes(media::PRODUCT_SECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(key: &str, user_configurable: bool, default: &str) -> ProductProperty {
        let (key, default) = (key.to_owned(), Some(default.to_owned()));
        ProductProperty { key, user_configurable: Some(user_configurable), default, ..ProductProperty::default() }
    }

    fn section(class: Option<&str>, properties: Vec<ProductProperty>) -> ProductSection {
        ProductSection { class: class.map(str::to_owned), properties, ..ProductSection::default() }
    }

    #[test]
    fn only_what_users_may_configure_takes_a_value() {
        let ours = vec![section(None, vec![property("port", true, "80"), property("edition", false, "free")]), section(Some("db"), vec![])];
        let asked = [
            section(Some(""), vec![property("port", true, "8080"), property("edition", true, "full"), property("new", true, "x")]),
            section(Some("other"), vec![property("port", true, "1")]),
        ];
        let made = configured(ours.clone(), &asked);
        let values: Vec<_> = made[0].properties.iter().map(|property| (property.default.as_deref(), property.value())).collect();
        assert_eq!(values, [(Some("80"), Some("8080")), (Some("free"), Some("free"))]);
        assert_eq!(configured(ours.clone(), &ours), ours, "what is sent back as it was read changes nothing");
    }
}
