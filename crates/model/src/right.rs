//! Rights. Invariant: a right exists exactly when it has a row in `data/rights.tsv`, which also says which predefined roles hold it.

use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use uuid::Uuid;

/// The table of rights: name, published id, category, roles, and the tags of its sources (`docs/reference/roles.md` explains them; `ours`
/// marks a right without evidence).
const TABLE: &str = include_str!("../data/rights.tsv");

/// The namespace from which ids are derived for rights whose id is not published.
const UNPUBLISHED: Uuid = Uuid::from_u128(0x7663_6473_696d_4000_8000_7269_6768_7473);

/// A permission, by its name as the API writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Right(&'static str);

macro_rules! rights {
    ($($constant:ident = $name:literal),* $(,)?) => {
        impl Right {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Self = Self($name);)*
            /// The rights that actions name.
            pub const NAMED: &'static [Self] = &[$(Self::$constant),*];
        }
    };
}

rights! {
    SYSTEM_ADMINISTRATION = "System Settings: Manage",
    BLOCKING_TASKS = "Task: Resume, Abort, or Fail",
    ADMIN_VIEW = "General: Administrator View",
    ADMIN_CONTROL = "General: Administrator Control",
    GROUP_USER_MANAGE = "Group / User: Manage",
    ORG_VIEW = "Organization: View",
    ORG_EDIT = "Organization: Edit Properties",
    ORG_EDIT_LEASES = "Organization: Edit Leases Policy",
    VDC_VIEW = "Organization vDC: View",
    VDC_ACCESS_ALL = "Access All Organization VDCs",
    VDC_VIEW_ACL = "Organization vDC: View ACL",
    VDC_EDIT_ACL = "Organization vDC: Edit ACL",
    COMPUTE_POLICY_VIEW = "Organization vDC Compute Policy: View",
    COMPUTE_POLICY_MANAGE = "Organization vDC Compute Policy: Manage",
    NETWORK_VIEW = "Organization vDC Network: View Properties",
    NETWORK_EDIT = "Organization vDC Network: Edit Properties",
    GATEWAY_VIEW = "Organization vDC Gateway: View",
    GATEWAY_SERVICES = "Organization vDC Gateway: Configure Services",
    GATEWAY_SYSLOG = "Organization vDC Gateway: Configure Syslog",
    GATEWAY_CONVERT = "Organization vDC Gateway: Convert to Advanced Networking",
    GATEWAY_DISTRIBUTED = "Organization vDC Gateway: Distributed Routing",
    CATALOG_VIEW = "Catalog: View Private and Shared Catalogs",
    CATALOG_CREATE = "Catalog: Create / Delete a Catalog",
    CATALOG_EDIT = "Catalog: Edit Properties",
    CATALOG_ADD = "Catalog: Add vApp from My Cloud",
    CATALOG_PUBLISH = "Catalog: Publish",
    CATALOG_SHARE = "Catalog: Sharing",
    CATALOG_CHANGE_OWNER = "Catalog: Change Owner",
    CATALOG_EXTERNAL = "Catalog: VCSP Publish Subscribe",
    CATALOG_EXTERNAL_CACHING = "Catalog: VCSP Publish Subscribe Caching",
    CATALOG_VIEW_PUBLISHED = "Catalog: View Published Catalogs",
    TEMPLATE_VIEW = "vApp Template / Media: View",
    TEMPLATE_EDIT = "vApp Template / Media: Edit",
    TEMPLATE_CREATE = "vApp Template / Media: Create / Upload",
    TEMPLATE_COPY = "vApp Template / Media: Copy",
    TEMPLATE_DOWNLOAD = "vApp Template: Download",
    VDC_EDIT_AFFINITY = "Organization vDC: VM-VM Affinity Edit",
    DISK_VIEW = "Organization vDC Named Disk: View Properties",
    DISK_CREATE = "Organization vDC Named Disk: Create",
    DISK_EDIT = "Organization vDC Named Disk: Edit Properties",
    DISK_DELETE = "Organization vDC Named Disk: Delete",
    DISK_CHANGE_OWNER = "Organization vDC Named Disk: Change Owner",
    TEMPLATE_CHANGE_OWNER = "vApp Template: Change Owner",
    TEMPLATE_CHECKOUT = "vApp Template: Checkout",
    VAPP_CREATE = "vApp: Create / Reconfigure",
    VAPP_DELETE = "vApp: Delete",
    VAPP_EDIT = "vApp: Edit Properties",
    VAPP_COPY = "vApp: Copy",
    VAPP_POWER = "vApp: Power Operations",
    VM_MAINTAIN = "vApp: VM Migrate, Force Undeploy, Relocate, Consolidate",
    VM_CONSOLE = "vApp: Use Console",
    VM_METRICS = "vApp: View VM metrics",
    VM_CHECK_COMPLIANCE = "vApp: VM Check Compliance",
    VAPP_EDIT_VM = "vApp: Edit VM Properties",
    VM_EDIT_CPU = "vApp: Edit VM CPU",
    VM_EDIT_MEMORY = "vApp: Edit VM Memory",
    VM_EDIT_DISK = "vApp: Edit VM Hard Disk",
    VM_EDIT_NETWORK = "vApp: Edit VM Network",
    VM_EDIT_COMPUTE_POLICY = "vApp: Edit VM Compute Policy",
    VM_BOOT = "vApp: VM Boot Options",
    VM_EXTRA_CONFIG = "vApp: Allow All Extra Config",
    VM_COALESCING_CONFIG = "vApp: Allow Ethernet Coalescing Extra Config",
    VM_LATENCY_CONFIG = "vApp: Allow Latency Extra Config",
    VM_NUMA_CONFIG = "vApp: Allow NUMA Node Affinity Extra Config",
    VM_PASSWORD = "vApp: Manage VM Password Settings",
    VAPP_SNAPSHOT = "vApp: Snapshot Operations",
    VAPP_SHARE = "vApp: Sharing",
    VAPP_VIEW_ACL = "vApp: View ACL",
    VAPP_DOWNLOAD = "vApp: Download",
    VAPP_MAINTENANCE = "vApp: Enter/Exit Maintenance Mode",
    VAPP_CHANGE_OWNER = "vApp: Change Owner",
}

/// A row of the table of rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightInfo {
    /// The right.
    pub right: Right,
    /// Its id; the same on every installation where it is published, else derived from the name.
    pub id: Uuid,
    /// Its category.
    pub category: &'static str,
    /// Tags of what it is known from.
    pub source: &'static str,
    /// Letters of the predefined roles that hold it.
    roles: &'static str,
}

static RIGHTS: LazyLock<Vec<RightInfo>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut cells = row.split('\t');
        let (name, id, category, roles, source) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let id = Uuid::try_parse(id).unwrap_or_else(|_| Uuid::new_v5(&UNPUBLISHED, name.as_bytes()));
        Some(RightInfo { right: Right(name), id, category, source, roles })
    })
    .collect()
});

impl Right {
    /// All rights, by name.
    pub fn table() -> &'static [RightInfo] {
        &RIGHTS
    }

    /// The right with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        RIGHTS.iter().find(|row| row.right.0 == name).map(|row| row.right)
    }

    /// The row of the right with this id.
    #[must_use]
    pub fn by_id(id: Uuid) -> Option<&'static RightInfo> {
        RIGHTS.iter().find(|row| row.id == id)
    }

    /// The name as the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for Right {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::find(&name).ok_or_else(|| serde::de::Error::custom(format!("{name} is not a right")))
    }
}

/// A predefined role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PredefinedRole {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its published id, where there is one (`docs/reference/roles.md`).
    pub id: Option<Uuid>,
    /// Its letter in the table; rights that have it are its rights.
    letter: Option<char>,
}

macro_rules! roles {
    ($($constant:ident $name:literal $letter:expr, $id:expr, $description:literal;)*) => {
        impl PredefinedRole {
            $(#[doc = $description] pub const $constant: Self = Self { name: $name, description: $description, id: $id, letter: $letter };)*
            /// All predefined roles; the first belongs to System alone, the others to every organization.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];
        }
    };
}

roles! {
    SYSTEM_ADMINISTRATOR "System Administrator" Some('S'), None, "Administers the whole cloud.";
    ORGANIZATION_ADMINISTRATOR "Organization Administrator" Some('O'), Some(Uuid::from_u128(0xa08a_8798_7d9b_34d6_8dad_48c7_182c_5f66)), "Administers one organization.";
    CATALOG_AUTHOR "Catalog Author" Some('C'), Some(Uuid::from_u128(0x9de2_71ec_be55_31e8_8d56_2a09_7e4e_3856)), "Makes, fills and shares catalogs.";
    VAPP_AUTHOR "vApp Author" Some('A'), Some(Uuid::from_u128(0x1bf4_457f_a253_3cf1_b163_f319_f1a3_1802)), "Uses catalogs and builds vApps.";
    VAPP_USER "vApp User" Some('U'), Some(Uuid::from_u128(0xff1e_0c91_1288_3664_82b7_a6fa_303a_f4d1)), "Runs vApps that others made.";
    CONSOLE_ACCESS_ONLY "Console Access Only" Some('K'), Some(Uuid::from_u128(0xae91_0740_cbde_34ae_9d84_ef5c_5388_0afe)), "Sees virtual machines and uses their consoles.";
    DEFER_TO_IDENTITY_PROVIDER "Defer to Identity Provider" None, Some(Uuid::from_u128(0x2997_1497_38da_3974_98d6_e39b_bd5b_482f)), "Takes its rights from the identity provider at login.";
}

impl PredefinedRole {
    /// The rights it holds.
    #[must_use]
    pub fn rights(&self) -> BTreeSet<Right> {
        RIGHTS.iter().filter(|row| self.letter.is_some_and(|letter| row.roles.contains(letter))).map(|row| row.right).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_right_has_a_row_and_ids_are_unique() {
        for right in Right::NAMED {
            assert!(Right::find(right.name()).is_some(), "{} has no row", right.name());
        }
        let ids: BTreeSet<_> = Right::table().iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), Right::table().len());
        assert!(TABLE.lines().filter(|line| !line.starts_with('#')).count() == Right::table().len());
    }

    #[test]
    fn roles_hold_what_the_table_marks() {
        assert_eq!(PredefinedRole::SYSTEM_ADMINISTRATOR.rights().len(), Right::table().len());
        assert!(PredefinedRole::VAPP_USER.rights().contains(&Right::VAPP_POWER));
        assert!(!PredefinedRole::VAPP_USER.rights().contains(&Right::VAPP_CREATE));
        assert!(PredefinedRole::DEFER_TO_IDENTITY_PROVIDER.rights().is_empty());
        assert!(!PredefinedRole::ORGANIZATION_ADMINISTRATOR.rights().contains(&Right::BLOCKING_TASKS));
    }
}
