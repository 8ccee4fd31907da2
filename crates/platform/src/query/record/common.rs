//! Attributes that many query types share. Invariant: each means the same wherever it stands.

use super::facts::{Facts, Of};
use super::{Column, Field};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Body, Entity, Head, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::host::Host;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::STORED;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{Hardware, TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};

pub(super) const NAME: Field = Field::text("name", name).column(Column::Name);
pub(super) const DESCRIPTION: Field = Field::text("description", |f| f.head()?.description.clone());
pub(super) const ORG: Field = Field::reference("org", Kind::Org, |f| f.head()?.org.map(|id| Urn::new(Kind::Org, id))).column(Column::Org);
pub(super) const ORG_NAME: Field = Field::text("orgName", |f| f.name_of(Kind::Org, f.head()?.org));
pub(super) const OWNER: Field =
    Field::reference("owner", Kind::User, |f| f.head()?.owner.map(|id| Urn::new(Kind::User, id))).column(Column::Owner);
pub(super) const OWNER_NAME: Field = Field::text("ownerName", |f| f.name_of(Kind::User, f.head()?.owner));
pub(super) const VDC: Field = Field::reference("vdc", Kind::Vdc, |f| Some(f.vdc()?.urn())).column(Column::Vdc);
pub(super) const VDC_NAME: Field = Field::text("vdcName", |f| Some(f.vdc()?.head.name.clone()));
pub(super) const IS_VDC_ENABLED: Field = Field::bool("isVdcEnabled", |f| Some(f.vdc()?.body::<Vdc>()?.enabled));
pub(super) const IS_BUSY: Field = Field::bool("isBusy", |f| Some(f.head()?.busy.is_some())).column(Column::IsBusy);
pub(super) const IS_EXPIRED: Field = Field::bool("isExpired", |f| Some(f.entity()?.is_expired()));
pub(super) const CREATION_DATE: Field = Field::time("creationDate", |f| Some(f.head()?.created)).column(Column::Created);
pub(super) const STATUS: Field = Field::word("status", |f| Some(f.head()?.status.word())).column(Column::Status);
pub(super) const IS_PUBLISHED: Field = Field::bool("isPublished", |f| Some(catalog(f)?.body::<Catalog>()?.published));
pub(super) const CATALOG: Field = Field::reference("catalog", Kind::Catalog, |f| Some(catalog(f)?.urn()));
pub(super) const CATALOG_NAME: Field = Field::text("catalogName", |f| Some(catalog(f)?.head.name.clone()));
pub(super) const CATALOG_ITEM: Field =
    Field::reference("catalogItem", Kind::CatalogItem, |f| Some(Urn::new(Kind::CatalogItem, item_id(f.entity()?)?)));
pub(super) const STORAGE_PROFILE_NAME: Field =
    Field::text("storageProfileName", |f| f.name_of(Kind::VdcStorageProfile, profile_id(f.entity()?)));

fn name(f: &Facts<'_>) -> Option<String> {
    f.name()
}

/// A reference to the vCenter server behind a provider's object.
pub(super) const fn vc(get: fn(&Facts<'_>) -> Option<Urn>) -> Field {
    Field::reference("vc", Kind::VimServer, get).under(View::Extension)
}

/// An attribute that never holds.
pub(super) const fn never(name: &'static str) -> Field {
    Field::bool(name, |_| Some(false))
}

/// An attribute that always holds.
pub(super) const fn always(name: &'static str) -> Field {
    Field::bool(name, |_| Some(true))
}

/// A number that is 0: nothing that it counts exists here.
pub(super) const fn zero(name: &'static str) -> Field {
    Field::int(name, |_| Some(0))
}

/// An attribute of the schema that no object here has a value for.
pub(super) const fn unset(name: &'static str) -> Field {
    Field::text(name, |_| None)
}

/// The same for a number.
pub(super) const fn unset_int(name: &'static str) -> Field {
    Field::int(name, |_| None)
}

/// The same for an instant.
pub(super) const fn unset_time(name: &'static str) -> Field {
    Field::time(name, |_| None)
}

/// The catalog item that stands for a template or media object.
fn item_id(entity: &Entity) -> Option<Uuid> {
    match &entity.body {
        Body::VAppTemplate(template) => template.catalog_item,
        Body::Media(media) => media.catalog_item,
        _ => None,
    }
}

/// The catalog of a catalog item, template, media object, or machine of a template.
pub(super) fn catalog<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    let entity = f.entity()?;
    let item = match entity.head.kind {
        Kind::CatalogItem => entity,
        Kind::TemplateVm => f.look(Kind::CatalogItem, item_id(f.look(Kind::VAppTemplate, entity.head.parent)?))?,
        _ => f.look(Kind::CatalogItem, item_id(entity))?,
    };
    f.look(Kind::Catalog, item.head.parent)
}

/// The storage profile on which an object lies.
pub(super) fn profile_id(entity: &Entity) -> Option<Uuid> {
    match &entity.body {
        Body::Vm(vm) => vm.storage_profile,
        Body::TemplateVm(vm) => vm.storage_profile,
        Body::VAppTemplate(template) => template.storage_profile,
        Body::Media(media) => media.storage_profile,
        Body::Disk(disk) => disk.storage_profile,
        _ => None,
    }
}

/// What a machine is made of.
pub(super) fn hardware(entity: &Entity) -> Option<&Hardware> {
    let vm = entity.body::<Vm>().map(|vm| &vm.hardware);
    vm.or_else(|| entity.body::<TemplateVm>().map(|vm| &vm.hardware))
}

/// How much storage the disks of a machine take, in MB.
pub(super) fn storage_mb(entity: &Entity) -> i64 {
    hardware(entity).map_or(0, |hardware| hardware.disks.iter().map(|disk| disk.size_mb).sum())
}

/// The storage that is taken of the storage profiles that `keep` names, in MB.
pub(super) fn storage_used(f: &Facts<'_>, of: Of, keep: impl Fn(Uuid) -> bool) -> i64 {
    let all = STORED.into_iter().flat_map(|kind| f.group(kind, of).iter());
    all.flat_map(|entity| entity.storages()).filter(|(profile, _)| keep(*profile)).map(|(_, mb)| mb).sum()
}

/// The machines in this place that fulfil a condition.
pub(super) fn machines<'a>(f: &Facts<'a>, of: Of, keep: impl Fn(&Entity) -> bool + 'a) -> impl Iterator<Item = &'a Entity> {
    f.group(Kind::Vm, of).iter().map(Arc::as_ref).filter(move |vm| keep(vm))
}

/// Whether a machine runs.
pub(super) fn runs(head: &Head) -> bool {
    head.status == Status::PoweredOn
}

/// Whether a machine is deployed.
pub(super) fn is_deployed(entity: &Entity) -> bool {
    entity.body::<Vm>().is_some_and(|vm| vm.deployed)
}

/// A count as a number of a record.
pub(super) fn count(items: impl Iterator) -> Option<i64> {
    i64::try_from(items.count()).ok()
}

/// The vCenter server behind a VDC.
pub(super) fn server_of(f: &Facts<'_>, vdc: &Entity) -> Option<Urn> {
    let provider = f.look(Kind::ProviderVdc, Some(vdc.body::<Vdc>()?.provider_vdc))?;
    Some(Urn::new(Kind::VimServer, provider.body::<ProviderVdc>()?.vim_server))
}

/// The vCenter server behind the VDC of the row's object.
pub(super) fn server(f: &Facts<'_>) -> Option<Urn> {
    server_of(f, f.vdc()?)
}

/// The host of a vCenter server on which its machines run: the first one, as the provider's view of machines says.
pub(super) fn host<'a>(f: &Facts<'a>, server: Uuid) -> Option<&'a Entity> {
    let mut all = f.group(Kind::Host, Of::Cloud).iter().map(Arc::as_ref);
    all.find(|host| host.body::<Host>().is_some_and(|body| body.vim_server == server))
}

/// The datastore of a vCenter server on which everything lies that was not moved to another one.
pub(super) fn datastore<'a>(f: &Facts<'a>, server: Uuid) -> Option<&'a Entity> {
    let mut all = f.group(Kind::Datastore, Of::Cloud).iter().map(Arc::as_ref);
    all.find(|store| store.body::<Datastore>().is_some_and(|body| body.vim_server == server))
}
