//! Independent disks.

use super::vapp::accepted;
use super::vapp_template::profile;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::disk;
use vcdsim_model::family::disk::{self as model, Bus};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::disk::{AttachDisk, CreateDisk, DeleteDisk, DetachDisk, UpdateDisk};
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::CREATE, create);
    routes.action(&model::UPDATE, update);
    routes.action(&model::DELETE, delete);
    routes.action(&model::READ_ATTACHED, attached);
    routes.action(&model::ATTACH, attach);
    routes.action(&model::DETACH, detach);
}

/// `GET /api/disk/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&disk::document(&cx.view(View::User)?, &graph)))
}

/// `GET /api/disk/{id}/attachedVms`
async fn attached(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ_ATTACHED).await?;
    Ok(cx.ok(&disk::attached(&cx.view(View::User)?, &graph)))
}

/// `POST /api/vdc/{id}/disk`
async fn create(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::DiskCreateParams = cx.body(&[media::DISK_CREATE_PARAMS])?;
    let disk = sent.disk.ok_or_else(|| Fault::bad_request("DiskCreateParams needs a Disk."))?;
    let operation = CreateDisk {
        vdc: cx.id(Kind::Vdc)?,
        size: size(&disk)?.ok_or_else(|| Fault::bad_request("A disk needs a size: size in bytes or sizeMb."))?,
        bus: Bus::named(disk.bus_type.as_deref(), disk.bus_sub_type.as_deref())?,
        storage_profile: profile(disk.storage_profile.as_ref())?,
        name: disk.name,
        description: disk.description,
    };
    let graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    let document = disk::document(&cx.view(View::User)?, &graph);
    Ok(cx.document(201, &document, vcloud::Disk::ROOT).with("location", cx.base.href(graph.entity.urn(), View::User)))
}

/// The size that a body asks for in bytes; both forms are read at all versions.
fn size(sent: &vcloud::Disk) -> Result<Option<i64>, Fault> {
    let bytes = |mb: i64| mb.checked_mul(1 << 20).ok_or_else(|| Fault::bad_request("sizeMb is more than a disk can have."));
    sent.size_mb.map(bytes).or(sent.size.map(Ok)).transpose()
}

/// `PUT /api/disk/{id}`: name, description, size and storage profile; clients send the rest back as they read it.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::Disk = cx.body(&[media::DISK])?;
    let bus = sent.bus_type.as_deref().map(|number| Bus::named(Some(number), sent.bus_sub_type.as_deref())).transpose()?;
    let operation = UpdateDisk {
        id: cx.id(Kind::Disk)?,
        size: size(&sent)?,
        bus,
        storage_profile: profile(sent.storage_profile.as_ref())?,
        name: sent.name,
        description: sent.description,
    };
    accepted(&cx, operation).await
}

/// `DELETE /api/disk/{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteDisk { id: cx.id(Kind::Disk)? }).await
}

/// `POST /api/vApp/vm-{id}/disk/action/attach`; a unit without a bus is no place.
async fn attach(cx: Cx) -> Result<Reply, Fault> {
    let (sent, disk) = named(&cx)?;
    let place = sent.bus_number.map(|bus| (bus, sent.unit_number));
    accepted(&cx, AttachDisk { vm: cx.id(Kind::Vm)?, disk, place }).await
}

/// `POST /api/vApp/vm-{id}/disk/action/detach`
async fn detach(cx: Cx) -> Result<Reply, Fault> {
    let (_, disk) = named(&cx)?;
    accepted(&cx, DetachDisk { vm: cx.id(Kind::Vm)?, disk }).await
}

/// The body of both requests, and the disk that it names.
fn named(cx: &Cx) -> Result<(vcloud::DiskAttachOrDetachParams, Urn), Fault> {
    let sent: vcloud::DiskAttachOrDetachParams = cx.body(&[media::DISK_ATTACH_OR_DETACH_PARAMS])?;
    let disk = sent.disk.as_ref().ok_or_else(|| Fault::bad_request("DiskAttachOrDetachParams needs a Disk."))?;
    let disk = reference("Disk", disk)?;
    Ok((sent, disk))
}
