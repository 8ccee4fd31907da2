//! Virtual machines: reading them whole and in parts, editing, power, deleting.

mod console;
mod drives;
mod edit;
mod upkeep;

pub(super) use edit::{boot, item, sizing_policy};

use super::vapp::{power_routes, remove};
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::section::At;
use crate::view::snapshot;
use crate::view::vm::{self, hardware, independent};
use vcdsim_model::action::{Action, Need};
use vcdsim_model::family::vm::{DELETE, Hardware, Vm};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, FaultCode, media};
use vcdsim_wire::Document;
use vcdsim_wire::ovf::Item;

const READ: Action = Action::read(Kind::Vm, View::User, Need::Session);
const SECTIONS: &[Action] = &[
    READ.at("/operatingSystemSection"),
    READ.at("/networkConnectionSection"),
    READ.at("/guestCustomizationSection"),
    READ.at("/runtimeInfoSection"),
    READ.at("/virtualHardwareSection"),
    READ.at("/snapshotSection").since(ApiVersion::V5_1),
    READ.at("/vmCapabilities").since(ApiVersion::V5_1),
    READ.at("/bootOptions").since(ApiVersion::V27_0),
];
/// The parts that can be edited have places of their own, which others are not looked for in.
const PARTS: &[(Action, &str)] = &[
    (READ.at("/virtualHardwareSection/cpu"), "cpu"),
    (READ.at("/virtualHardwareSection/memory"), "memory"),
    (READ.at("/virtualHardwareSection/disks"), "disks"),
    (READ.at("/virtualHardwareSection/media"), "media"),
    (READ.at("/virtualHardwareSection/serialPorts"), "serialPorts"),
    (READ.at("/virtualHardwareSection/networkCards"), "networkCards"),
];
const HARDWARE: Action = READ.at("/virtualHardwareSection/{part}");

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&READ, get);
    for action in SECTIONS {
        routes.action(action, move |cx| section(cx, action));
    }
    for (action, name) in PARTS {
        routes.action(action, move |cx| part(cx, action, Some(name)));
    }
    routes.action(&HARDWARE, |cx| part(cx, &HARDWARE, None));
    edit::routes(routes);
    drives::routes(routes);
    console::routes(routes);
    upkeep::routes(routes);
    routes.action(&DELETE, delete);
    power_routes(routes, Kind::Vm);
}

/// `GET /api/vApp/vm-{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ).await?;
    Ok(cx.ok(&vm::document(&cx.view(View::User)?, &graph)))
}

/// `GET` of one section of a machine
async fn section(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let (head, body) = (&graph.entity.head, graph.entity.body::<Vm>().ok_or_else(Fault::internal)?);
    let (view, href) = (cx.view(View::User)?, cx.base.href(graph.entity.urn(), View::User));
    let (profile, independent) = (vm::profile_of(&view, &graph), independent::of(&view, &graph));
    let edited = Some((&view, &graph));
    let place = hardware::Place { at: At(&href), name: &head.name, profile: profile.as_ref(), independent: &independent, edited };
    Ok(match action.path {
        "/operatingSystemSection" => cx.ok(&vm::operating_system(&view, &graph, body)),
        "/networkConnectionSection" => cx.ok(&vm::connections(&view, &graph, body)),
        "/guestCustomizationSection" => cx.ok(&vm::guest(&view, &graph, body)),
        "/snapshotSection" => cx.ok(&snapshot::section(place.at, &graph)),
        "/vmCapabilities" => cx.ok(&vm::capabilities(&view, &graph, body)),
        "/bootOptions" => cx.ok(&vm::boot(&view, &graph, body)),
        "/virtualHardwareSection" => cx.ok(&vm::hardware_section(place, body)),
        _ => cx.ok(&vm::runtime_info(place.at, &graph)),
    })
}

/// `GET .../virtualHardwareSection/cpu`, `memory`, `disks`, `media`, `networkCards`, `serialPorts`
async fn part(cx: Cx, action: &'static Action, name: Option<&'static str>) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let body = graph.entity.body::<Vm>().ok_or_else(Fault::internal)?;
    let (view, href) = (cx.view(View::User)?, cx.base.href(graph.entity.urn(), View::User));
    let (profile, independent) = (vm::profile_of(&view, &graph), independent::of(&view, &graph));
    let edited = Some((&view, &graph));
    let place =
        hardware::Place { at: At(&href), name: &graph.entity.head.name, profile: profile.as_ref(), independent: &independent, edited };
    hardware_part(&cx, place, &body.hardware, name.unwrap_or_else(|| cx.param("part")))
}

/// A part of a machine's hardware; 404 for a name that is none.
pub(super) fn hardware_part(cx: &Cx, place: hardware::Place<'_>, hardware: &Hardware, part: &str) -> Result<Reply, Fault> {
    if let Some(item) = hardware::item(place, hardware, part) {
        return Ok(Reply::document(200, &item, Item::ROOT, media::RASD_ITEM, &cx.wanted));
    }
    let list = hardware::list(place, hardware, part);
    list.map(|list| cx.ok(&list)).ok_or_else(|| {
        let shown: String = part.chars().take(50).collect();
        Fault::new(FaultCode::NotFound, format!("Virtual hardware has no part \"{shown}\"."))
    })
}

/// `DELETE /api/vApp/vm-{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    remove(&cx, Kind::Vm).await
}
