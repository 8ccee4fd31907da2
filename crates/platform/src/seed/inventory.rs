//! What a new cloud holds, as data: by default, from counts, or as a file says. Invariant: names that are to be roles, sizes or other names of
//! the same inventory are checked where they are read, so that a mistake is told with its place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use vcdsim_model::right::PredefinedRole;

/// What a new cloud holds, besides the system's organization with its administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Given")]
pub struct Inventory {
    /// Whether there is a vCenter with provider VDCs, network pools and an external network.
    pub provider: bool,
    /// The organizations of tenants.
    pub orgs: Vec<OrgSeed>,
}

/// What a new cloud holds, besides the system's organization with its administrator.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Whether there is a vCenter with provider VDCs, network pools and an external network.
    #[serde(default = "yes")]
    provider: bool,
    /// The organizations of tenants.
    #[serde(default)]
    orgs: Vec<OrgSeed>,
}

fn yes() -> bool {
    true
}

/// An organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrgSeed {
    /// Its name.
    pub name: Name,
    /// Its full name; its name.
    pub full_name: Option<String>,
    /// Whether it may share catalogs with others, and subscribe to theirs.
    pub publishes: bool,
    /// Its users; the password of all is `password`.
    pub users: Vec<UserSeed>,
    /// Its virtual data centers.
    pub vdcs: Vec<VdcSeed>,
    /// Its catalogs.
    pub catalogs: Vec<CatalogSeed>,
}

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserSeed {
    /// The name to sign in with.
    pub name: Name,
    /// The full name; the name.
    pub full_name: Option<String>,
    /// The role.
    pub role: RoleName,
}

/// A virtual data center.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VdcSeed {
    /// Its name.
    pub name: Name,
    /// Whether its networks are NSX-T's: it lies in `example-nsxt-pvdc` then, else in `example-pvdc`.
    pub nsxt: bool,
    /// Its isolated networks.
    pub networks: Vec<NetworkSeed>,
    /// Its vApps.
    pub vapps: Vec<VAppSeed>,
}

/// An isolated network of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSeed {
    /// Its name.
    pub name: Name,
    /// The addresses 192.168.N.0/24 are its own; .10 to .200 are given away.
    pub subnet: u8,
}

/// A vApp.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VAppSeed {
    /// Its name.
    pub name: Name,
    /// The names of its machines.
    pub vms: Vec<Name>,
    /// Whether they run.
    pub powered_on: bool,
}

/// A catalog, which everybody in its organization sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogSeed {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub description: Option<String>,
    /// The VDC of the organization that holds what is in it; the first one.
    pub vdc: Option<Name>,
    /// Its templates.
    pub templates: Vec<TemplateSeed>,
    /// The names of its media.
    pub media: Vec<Name>,
}

/// A template of a vApp.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TemplateSeed {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub description: Option<String>,
    /// The names of its machines; one that is named like the template.
    pub vms: Vec<Name>,
}

/// A name of an object: 1 to 128 characters without a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Default for Name {
    /// No name: whoever leaves it out is told so, see [`Inventory`].
    fn default() -> Self {
        Self(String::new())
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() || text.chars().count() > 128 || text.contains('/') {
            return Err(format!("{text:?} is no name: it needs 1 to 128 characters, and none of them is a slash"));
        }
        Ok(Self(text))
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The name of a predefined role of organizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct RoleName(String);

impl Default for RoleName {
    fn default() -> Self {
        Self(PredefinedRole::ORGANIZATION_ADMINISTRATOR.name.to_owned())
    }
}

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let names: Vec<_> = of_orgs().map(|role| role.name).collect();
        if names.contains(&text.as_str()) { Ok(Self(text)) } else { Err(format!("{text:?} is no role; there are: {}", names.join(", "))) }
    }
}

fn of_orgs() -> impl Iterator<Item = &'static PredefinedRole> {
    PredefinedRole::ALL.iter().filter(|role| **role != PredefinedRole::SYSTEM_ADMINISTRATOR)
}

impl RoleName {
    /// The role.
    pub(super) fn role(&self) -> &'static PredefinedRole {
        of_orgs().find(|role| role.name == self.0).unwrap_or(&PredefinedRole::ORGANIZATION_ADMINISTRATOR)
    }
}

impl TryFrom<Given> for Inventory {
    type Error = String;

    fn try_from(Given { provider, orgs }: Given) -> Result<Self, String> {
        distinct("organization", "the inventory", orgs.iter().map(|org| &org.name))?;
        for org in &orgs {
            org.check(provider)?;
        }
        Ok(Self { provider, orgs })
    }
}

impl OrgSeed {
    fn check(&self, provider: bool) -> Result<(), String> {
        let here = self.name.as_ref();
        if here.eq_ignore_ascii_case("system") {
            return Err("the organization System is there by itself".to_owned());
        }
        if !provider && !self.vdcs.is_empty() {
            return Err(format!("{here:?} has a VDC, which needs a provider: provider = true"));
        }
        distinct("user", here, self.users.iter().map(|user| &user.name))?;
        distinct("VDC", here, self.vdcs.iter().map(|vdc| &vdc.name))?;
        distinct("catalog", here, self.catalogs.iter().map(|catalog| &catalog.name))?;
        distinct("network", here, self.vdcs.iter().flat_map(|vdc| &vdc.networks).map(|network| &network.name))?;
        for vdc in &self.vdcs {
            distinct("vApp", vdc.name.as_ref(), vdc.vapps.iter().map(|vapp| &vapp.name))?;
            for vapp in &vdc.vapps {
                distinct("machine", vapp.name.as_ref(), vapp.vms.iter())?;
            }
        }
        for catalog in &self.catalogs {
            let items = catalog.templates.iter().map(|template| &template.name).chain(&catalog.media);
            distinct("item", catalog.name.as_ref(), items)?;
            let vdc = catalog.vdc.as_ref().map(AsRef::as_ref);
            let there = vdc.map_or(!self.vdcs.is_empty(), |wanted: &str| self.vdcs.iter().any(|vdc| vdc.name.as_ref() == wanted));
            let empty = catalog.templates.is_empty() && catalog.media.is_empty();
            if !(there || empty) {
                return Err(format!(
                    "the catalog {:?} lies in the VDC {:?}, which {here:?} does not have",
                    catalog.name.as_ref(),
                    vdc.unwrap_or_default()
                ));
            }
        }
        Ok(())
    }
}

/// Refuses a missing name, and the same name twice.
fn distinct<'a>(what: &str, place: &str, names: impl Iterator<Item = &'a Name>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.as_ref().is_empty() {
            return Err(format!("a {what} of {place:?} has no name"));
        }
        if !seen.insert(name.as_ref().to_lowercase()) {
            return Err(format!("{place:?} has two of the name {:?}: each {what} needs its own", name.as_ref()));
        }
    }
    Ok(())
}

/// How many of each there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Organizations.
    pub orgs: usize,
    /// VDCs of each organization.
    pub vdcs: usize,
    /// vApps of each VDC.
    pub vapps: usize,
    /// Machines of each vApp.
    pub vms: usize,
}

fn name(text: impl Into<String>) -> Name {
    Name(text.into())
}

impl Inventory {
    /// The system's organization with its administrator, and nothing else.
    #[must_use]
    pub fn empty() -> Self {
        Self { provider: false, orgs: Vec::new() }
    }

    /// So many of each, under names that say where they are: `org-1`, `org-1-vdc-1`, `org-1-vdc-1-vapp-1` with `vm-1`. Each organization
    /// has the users `admin`, `author` and `user`, and a catalog `org-1-catalog` with the template `photon-1vm`.
    #[must_use]
    pub fn of(counts: Counts) -> Self {
        let each = |count: usize| 1..=count;
        let user = |text: &str, role: &PredefinedRole| UserSeed { name: name(text), full_name: None, role: RoleName(role.name.to_owned()) };
        let vms = || each(counts.vms).map(|number| name(format!("vm-{number}"))).collect();
        let vapps = |vdc: &str| {
            each(counts.vapps).map(|n| VAppSeed { name: name(format!("{vdc}-vapp-{n}")), vms: vms(), powered_on: false }).collect()
        };
        let vdc = |text: String| VdcSeed { vapps: vapps(&text), name: name(text), ..VdcSeed::default() };
        let org = |number: usize| {
            let own = format!("org-{number}");
            let template = TemplateSeed { name: name("photon-1vm"), ..TemplateSeed::default() };
            let catalog = CatalogSeed { name: name(format!("{own}-catalog")), templates: vec![template], ..CatalogSeed::default() };
            OrgSeed {
                users: vec![
                    user("admin", &PredefinedRole::ORGANIZATION_ADMINISTRATOR),
                    user("author", &PredefinedRole::VAPP_AUTHOR),
                    user("user", &PredefinedRole::VAPP_USER),
                ],
                vdcs: each(counts.vdcs).map(|number| vdc(format!("{own}-vdc-{number}"))).collect(),
                catalogs: if counts.vdcs == 0 { Vec::new() } else { vec![catalog] },
                name: name(own),
                ..OrgSeed::default()
            }
        };
        Self { provider: true, orgs: each(counts.orgs).map(org).collect() }
    }
}

impl Default for Inventory {
    fn default() -> Self {
        toml::from_str(include_str!("default.toml")).unwrap_or_else(|_checked_by_a_test| Self::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        toml::from_str::<Inventory>(text).unwrap_err().to_string()
    }

    #[test]
    fn the_default_is_read() {
        let default: Inventory = toml::from_str(include_str!("default.toml")).unwrap();
        assert_eq!(default.orgs.len(), 2);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let role = refused("[[orgs]]\nname = \"acme\"\nusers = [{ name = \"ann\", role = \"Boss\" }]\n");
        assert!(role.contains("line 3, column") && role.contains("vApp Author"), "{role}");
        let unknown = refused("[[orgs]]\nname = \"acme\"\nvdc = []\n");
        assert!(unknown.contains("line 3, column 1") && unknown.contains("vdcs"), "{unknown}");
        for (text, why) in [
            ("[[orgs]]\nname = \"a\"\n[[orgs]]\nname = \"A\"\n", "two of the name"),
            ("[[orgs]]\nfull_name = \"A\"\n", "has no name"),
            ("[[orgs]]\nname = \"system\"\n", "there by itself"),
            ("[[orgs]]\nname = \"a/b\"\n", "slash"),
            ("[[orgs]]\nname = \"a\"\ncatalogs = [{ name = \"c\", vdc = \"v\", media = [\"m\"] }]\n", "which \"a\" does not have"),
            ("provider = false\n[[orgs]]\nname = \"a\"\nvdcs = [{ name = \"v\" }]\n", "needs a provider"),
        ] {
            assert!(refused(text).contains(why), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn counts_make_names_that_say_where_they_are() {
        let made = Inventory::of(Counts { orgs: 2, vdcs: 1, vapps: 3, vms: 2 });
        assert_eq!(made.orgs[1].vdcs[0].vapps[2].name.as_ref(), "org-2-vdc-1-vapp-3");
        assert_eq!(made.orgs[1].vdcs[0].vapps[2].vms.len(), 2);
        let again: Inventory = serde_json::from_value(serde_json::to_value(&made).unwrap()).unwrap();
        assert_eq!(again, made, "what is made can be read");
    }
}
