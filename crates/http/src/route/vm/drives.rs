//! The drives of machines. Invariant: a request names a medium, or with an empty document leaves open which.

use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::route::vapp::accepted;
use crate::router::Routes;
use vcdsim_model::family::vm::{Drive, EJECT, INSERT};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, media};
use vcdsim_platform::vm::{DriveRequest, EjectMedia, InsertMedia};
use vcdsim_wire::{ovf, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&INSERT, insert);
    routes.action(&EJECT, eject);
}

/// `POST /api/vApp/vm-{id}/media/action/insertMedia`
async fn insert(cx: Cx) -> Result<Reply, Fault> {
    let medium = medium(&cx)?.ok_or_else(missing)?;
    accepted(&cx, InsertMedia { vm: cx.id(Kind::Vm)?, medium }).await
}

/// `POST /api/vApp/vm-{id}/media/action/ejectMedia`: from 29.0 on the medium may be left out.
async fn eject(cx: Cx) -> Result<Reply, Fault> {
    let medium = medium(&cx)?;
    if medium.is_none() && cx.version() < ApiVersion::V29_0 {
        return Err(missing());
    }
    accepted(&cx, EjectMedia { vm: cx.id(Kind::Vm)?, medium }).await
}

fn missing() -> Fault {
    Fault::bad_request("MediaInsertOrEjectParams needs a Media.")
}

/// The medium that the body names.
fn medium(cx: &Cx) -> Result<Option<Urn>, Fault> {
    let sent: vcloud::MediaInsertOrEjectParams = cx.body(&[media::MEDIA_INSERT_OR_EJECT_PARAMS])?;
    sent.media.as_ref().map(|medium| reference("Media", medium)).transpose()
}

/// What the items of drives say: `HostResource` has the name of the medium.
pub(super) async fn asked(cx: &Cx, items: &[ovf::Item]) -> Result<Vec<DriveRequest>, Fault> {
    let of = |drive: Drive| items.iter().find(|item| item.resource_type == Some(drive.resource_type())).map(|item| (drive, name(item)));
    let names: Vec<_> = Drive::ALL.into_iter().filter_map(of).collect();
    DriveRequest::by_name(&cx.cloud.read(), cx.caller()?, cx.id(Kind::Vm)?, &names).await
}

fn name(item: &ovf::Item) -> String {
    item.host_resource.first().map(|resource| resource.value.trim().to_owned()).unwrap_or_default()
}
