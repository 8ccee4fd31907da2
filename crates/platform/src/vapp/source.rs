//! What machines are copied from. Invariant: nothing is copied that is not there whole, runs, has expired, or has licences that nobody accepted.

use super::create::{CreateVApp, ItemRequest};
use super::{made, named};
use std::sync::Arc;
use vcdsim_model::entity::{Body, Entity, Status};
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vm::{GuestCustomization, Hardware, TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::product::ProductSection;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::Reader;
use vcdsim_task_engine::Prepare;

/// A machine to copy.
pub(super) struct Source {
    pub(super) urn: Urn,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) hardware: Hardware,
    pub(super) guest: GuestCustomization,
    pub(super) products: Vec<ProductSection>,
    pub(super) startup: Startup,
}

/// The machines of what is copied whole, each with what is to be different about it; without those that come themselves.
pub(super) async fn of_whole<'r>(
    request: &'r CreateVApp,
    cx: &Prepare<'_, '_>,
    whole: Urn,
) -> Result<Vec<(Source, Option<&'r ItemRequest>)>, Fault> {
    let of = |urn: Urn| request.items.iter().find(|item| item.source == urn);
    let machines = machines_of(cx, whole, request.eulas_accepted, &|machine| of(machine).is_none_or(|item| !item.moves)).await?;
    for item in &request.items {
        let copied = machines.iter().any(|machine| machine.urn == item.source);
        let known = copied || item.moves && named(cx, "Source", item.source).await?.head.parent == Some(whole.id);
        if !known {
            return Err(Fault::invalid_reference("Source", &item.source.to_string()));
        }
    }
    let asked = |machine: Source| {
        let item = of(machine.urn);
        (machine, item)
    };
    Ok(machines.into_iter().map(asked).collect())
}

/// The machines that are copied one by one.
pub(super) async fn of_items<'r>(
    items: &'r [ItemRequest],
    cx: &Prepare<'_, '_>,
    eulas_accepted: bool,
) -> Result<Vec<(Source, Option<&'r ItemRequest>)>, Fault> {
    let mut found = Vec::new();
    for item in items.iter().filter(|item| !item.moves) {
        let machines = machines_of(cx, item.source, eulas_accepted, &|_| true).await?;
        found.extend(machines.into_iter().map(|machine| (machine, Some(item))));
    }
    Ok(found)
}

/// Refuses a template whose licences nobody accepted.
fn licensed(source: &Entity, accepted: bool) -> Result<(), Fault> {
    let eulas = source.body::<VAppTemplate>().map_or(0, |template| template.eulas.len());
    if eulas > 0 && !accepted {
        let message = format!("\"{}\" has {eulas} licence(s): read them and send AllEULAsAccepted true.", source.head.name);
        return Err(Fault::new(FaultCode::EulaNotAccepted, message));
    }
    Ok(())
}

/// The machines of an object that `keep` lets through, as they can be copied now.
async fn machines_of(cx: &Prepare<'_, '_>, urn: Urn, accepted: bool, keep: &(dyn Fn(Urn) -> bool + Sync)) -> Result<Vec<Source>, Fault> {
    let entity = named(cx, "Source", urn).await?;
    vcdsim_model::power::usable(&entity)?;
    licensed(&entity, accepted)?;
    let reader = cx.tx.read();
    if let Some(whole) = whole(&reader, &entity).await? {
        whole.not_expired()?;
    }
    let mut all: Vec<Arc<Entity>> = match urn.kind {
        Kind::Vm | Kind::TemplateVm => vec![entity],
        Kind::VApp => made(reader.children::<Vm>(urn.id).await?).iter().map(|vm| Arc::clone(vm.entity())).collect(),
        Kind::VAppTemplate => reader.children::<TemplateVm>(urn.id).await?.iter().map(|vm| Arc::clone(vm.entity())).collect(),
        _ => return Err(Fault::bad_request(format!("Source must be a vApp template, a vApp or a virtual machine, not {urn}."))),
    };
    all.retain(|machine| keep(machine.urn()));
    if let Some(running) = all.iter().find(|entity| entity.head.kind == Kind::Vm && entity.head.status != Status::PoweredOff) {
        let (name, status) = (&running.head.name, running.head.status.word());
        return Err(Fault::bad_request(format!("Virtual Machine \"{name}\" cannot be copied while its status is {status}: power it off.")));
    }
    if let Some(holder) = all.iter().find(|entity| entity.body::<Vm>().is_some_and(|machine| !machine.attached.is_empty())) {
        let message =
            format!("Virtual Machine \"{}\" cannot be copied while it has independent disks: detach them first.", holder.head.name);
        return Err(Fault::bad_request(message));
    }
    let left = left_as_they_are(&reader, &all).await?;
    let found = all.iter().filter_map(|entity| source(entity));
    Ok(found
        .map(|source| Source { guest: GuestCustomization { enabled: source.guest.enabled && !left, ..source.guest }, ..source })
        .collect())
}

/// The vApp or the template that a machine lies in.
async fn whole(reader: &Reader<'_>, machine: &Entity) -> Result<Option<Arc<Entity>>, Fault> {
    match (machine.head.kind, machine.head.parent) {
        (Kind::Vm | Kind::TemplateVm, Some(id)) => reader.object(id).await,
        _ => Ok(None),
    }
}

/// Whether these are machines of a template whose copies are not prepared.
async fn left_as_they_are(reader: &Reader<'_>, machines: &[Arc<Entity>]) -> Result<bool, Fault> {
    match machines.first().filter(|machine| machine.head.kind == Kind::TemplateVm).and_then(|machine| machine.head.parent) {
        Some(template) => Ok(!reader.get::<VAppTemplate>(template).await?.body().customizable),
        None => Ok(false),
    }
}

/// An object as a machine to copy; `None` when it is none.
pub(super) fn source(entity: &Entity) -> Option<Source> {
    let (hardware, guest, startup) = match &entity.body {
        Body::Vm(vm) => (&vm.hardware, &vm.guest, vm.startup),
        Body::TemplateVm(vm) => (&vm.hardware, &vm.guest, vm.startup),
        _ => return None,
    };
    Some(Source {
        urn: entity.urn(),
        name: entity.head.name.clone(),
        description: entity.head.description.clone(),
        hardware: hardware.clone(),
        guest: guest.clone(),
        products: entity.products().to_vec(),
        startup,
    })
}
