//! Which objects have metadata, where it is read and where it is written. Invariant: the links to metadata, the routes and what is accepted
//! are all read off this one table.
//!
//! The kinds are those whose documents have the link in the guides, and whose requests the references of the API up to 39.1 list. Of those
//! that have a view for administrators, that view alone takes changes: recorded documents of the other have no link `add`.

use crate::action::{Action, LinkRule, Method, Need};
use crate::family::{catalog, catalog_item, disk, media as image, network, org, storage_profile, vapp, vapp_template, vdc};
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::version::ApiVersion;

/// Below the href of an object.
pub const PATH: &str = "/metadata";
/// Below that one entry: its key, with its domain before it or without.
const ENTRY: &str = "/metadata/{*key}";

/// Reading metadata in one view of an object.
#[derive(Debug)]
pub struct Reading {
    /// Reads all of it.
    pub all: Action,
    /// Reads one entry.
    pub entry: Action,
}

/// One kind of object that has metadata.
#[derive(Debug)]
pub struct Bearer {
    /// How it is read, in each view in which it is.
    pub reading: &'static [Reading],
    /// The link in the object's documents.
    pub link: LinkRule,
    /// Merges entries with those that are there.
    pub add: Action,
    /// Writes one entry.
    pub edit: Action,
    /// Removes one entry.
    pub remove: Action,
}

impl Bearer {
    /// The kind of object.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.add.kind
    }

    /// Its row in the table, when objects of this kind have metadata.
    #[must_use]
    pub fn of(kind: Kind) -> Option<&'static Self> {
        BEARERS.iter().find(|bearer| bearer.kind() == kind)
    }
}

/// Reading below the place that `read` reads.
const fn below(read: Action) -> Reading {
    Reading { all: read.at(PATH), entry: read.at(ENTRY) }
}

/// Metadata is written by whoever may do `change`, which changes the object's own properties; but no task and no state of the object keeps
/// anybody from it: clients write it while the object is being made.
const fn bearer(reading: &'static [Reading], change: Action) -> Bearer {
    let write = Action { guard: |_| Ok(()), rel: None, media: None, ..change }.beside_tasks();
    let entry = write.at(ENTRY);
    Bearer {
        reading,
        link: LinkRule::below("down", PATH, media::METADATA),
        add: Action { method: Method::Post, ..write.at(PATH) }.rel("add").takes(media::METADATA),
        edit: Action { method: Method::Put, ..entry }.rel("edit").takes(media::METADATA_VALUE),
        remove: Action { method: Method::Delete, ..entry }.rel("remove"),
    }
}

const fn user(kind: Kind, need: Need) -> Action {
    Action::read(kind, View::User, need)
}

const fn change(kind: Kind, view: View, need: Need) -> Action {
    Action::put(kind, "", need).under(view)
}

const TEMPLATE: Need = Need::Right(Right::TEMPLATE_VIEW);

static ORG: [Reading; 2] = [below(org::READ), below(org::READ_ADMIN)];
static VDC: [Reading; 2] = [below(vdc::READ), below(vdc::READ_ADMIN)];
static CATALOG: [Reading; 2] = [below(catalog::READ), below(catalog::READ_ADMIN)];
static CATALOG_ITEM: [Reading; 1] = [below(catalog_item::READ)];
static V_APP_TEMPLATE: [Reading; 1] = [below(user(Kind::VAppTemplate, TEMPLATE))];
static TEMPLATE_VM: [Reading; 1] = [below(user(Kind::TemplateVm, TEMPLATE))];
static V_APP: [Reading; 1] = [below(user(Kind::VApp, Need::Session))];
static VM: [Reading; 1] = [below(user(Kind::Vm, Need::Session))];
static MEDIA: [Reading; 1] = [below(image::READ)];
static DISK: [Reading; 1] = [below(disk::READ)];
static NETWORK: [Reading; 2] = [below(network::READ), below(network::READ_ADMIN)];
static VDC_PROFILE: [Reading; 2] = [below(storage_profile::READ), below(storage_profile::READ_ADMIN)];
static PROVIDER_VDC: [Reading; 1] = [below(Action::read(Kind::ProviderVdc, View::Admin, Need::System))];
static PROVIDER_PROFILE: [Reading; 1] = [below(storage_profile::READ_PROVIDER)];

/// What the provider has, whose views for the provider lead to the one for administrators, too.
const fn providers(bearer: Bearer) -> Bearer {
    Bearer { link: LinkRule::below_view("down", View::Admin, PATH, media::METADATA), ..bearer }
}

/// All of them.
pub static BEARERS: [Bearer; 14] = [
    bearer(&ORG, change(Kind::Org, View::Admin, Need::Right(Right::ORG_EDIT))),
    bearer(&VDC, vdc::UPDATE),
    bearer(&CATALOG, catalog::UPDATE),
    bearer(&CATALOG_ITEM, catalog_item::UPDATE),
    bearer(&V_APP_TEMPLATE, vapp_template::UPDATE),
    bearer(&TEMPLATE_VM, vapp_template::UPDATE_VM_PRODUCTS),
    bearer(&V_APP, vapp::UPDATE),
    bearer(&VM, change(Kind::Vm, View::User, Need::Right(Right::VAPP_EDIT_VM))),
    bearer(&MEDIA, image::UPDATE),
    bearer(&DISK, disk::UPDATE),
    // In 1.5 it is a network of the organization, which has metadata, too.
    bearer(&NETWORK, network::UPDATE.since(ApiVersion::V1_5)),
    bearer(&VDC_PROFILE, storage_profile::UPDATE),
    providers(bearer(&PROVIDER_VDC, change(Kind::ProviderVdc, View::Admin, Need::System))),
    providers(bearer(&PROVIDER_PROFILE, change(Kind::ProviderStorageProfile, View::Admin, Need::System).since(ApiVersion::V5_1))),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_where_it_is_written() {
        for bearer in &BEARERS {
            let written = [&bearer.add, &bearer.edit, &bearer.remove];
            for action in written {
                let read = bearer.reading.iter().find(|reading| reading.all.view == action.view).unwrap();
                assert_eq!((read.all.kind, read.all.since <= action.since), (action.kind, true), "{}", action.label());
                assert!(!action.changes, "{}", action.label());
            }
            assert!(Bearer::of(bearer.kind()).is_some_and(|found| std::ptr::eq(found, bearer)));
        }
    }
}
