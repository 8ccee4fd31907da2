//! vApps that are recomposed. Invariant: what comes, goes and moves is named in one request, as it must be done at once.

use super::asking::{Asked, one};
use super::machines::card;
use super::play::Play;
use super::requests::{escaped, seeded};
use super::steps::{href, manager};
use crate::vapp::NAMESPACES;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;

pub(super) fn recomposed(play: &mut Play) -> Option<Asked> {
    let who = manager(play);
    let vapp = one(play, Kind::VApp, |_| true)?;
    let networks: Vec<String> =
        vapp.body::<VApp>().map_or(&[][..], |vapp| &vapp.networks).iter().map(|network| network.name.clone()).collect();
    let networks = [networks, vec!["none".to_owned()]].concat();
    let (come, moves, goes) = (play.chance(45), play.chance(45), play.chance(35));
    let (fresh, migrant, gone) = (fresh(play, &networks), migrant(play, &vapp, &networks), leaving(play, &vapp));
    let migrant = migrant.filter(|_| moves);
    let gone = gone.filter(|_| goes);
    let what = match (migrant.is_some(), gone.is_some(), come) {
        (true, ..) => "moved machines",
        (_, true, _) => "machines taken out of vApps",
        (.., true) => "machines added to vApps",
        _ => "vApps recomposed",
    };
    let fresh = if come { fresh } else { String::new() };
    let rewired = super::wiring::configurations(play, &vapp);
    let section = format!("<InstantiationParams><NetworkConfigSection><ovf:Info/>{rewired}</NetworkConfigSection></InstantiationParams>");
    let section = if play.chance(20) { section } else { String::new() };
    let start = play.pick(&[r#"deploy="false" powerOn="false""#, r#"deploy="true" powerOn="true""#]);
    let inner = format!("{section}{fresh}{}{}", migrant.unwrap_or_default(), gone.unwrap_or_default());
    let body = format!("<RecomposeVAppParams {NAMESPACES} {start}>{inner}</RecomposeVAppParams>");
    Some(Asked::post(what, who, format!("{}/action/recomposeVApp", href(vapp.urn(), View::User)), media::RECOMPOSE_VAPP_PARAMS, body))
}

fn sourced(attributes: &str, source: &str, name: &str, card: &str) -> String {
    let section =
        format!("<InstantiationParams><NetworkConnectionSection><ovf:Info/>{card}</NetworkConnectionSection></InstantiationParams>");
    let section = if card.is_empty() { String::new() } else { section };
    format!(r#"<SourcedItem {attributes}><Source href="{source}" name="{name}"/>{section}</SourcedItem>"#)
}

/// A machine of a template.
fn fresh(play: &mut Play, networks: &[String]) -> String {
    let (card, number) = (card(play, 0, networks, None), play.below(6));
    sourced("", &seeded(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm"), &format!("vm-{number}"), &card)
}

/// A machine of another vApp, mostly one that can be moved.
fn migrant(play: &mut Play, vapp: &Entity, networks: &[String]) -> Option<String> {
    let ready = play.chance(85);
    let off = |machine: &Entity| machine.head.status == Status::PoweredOff && machine.body::<Vm>().is_some_and(|body| !body.deployed);
    let machine = one(play, Kind::Vm, |machine| machine.head.parent != Some(vapp.head.id) && (!ready || off(machine)));
    let (card, number, connects) = (card(play, 0, networks, None), play.below(6), play.chance(70));
    let card = if connects { card } else { String::new() };
    Some(sourced(r#"sourceDelete="true""#, &href(machine?.urn(), View::User), &escaped(&format!("moved-{number}")), &card))
}

/// A machine that goes.
fn leaving(play: &mut Play, vapp: &Entity) -> Option<String> {
    let gone = one(play, Kind::Vm, |machine| machine.head.parent == Some(vapp.head.id));
    gone.map(|machine| format!(r#"<DeleteItem href="{}"/>"#, href(machine.urn(), View::User)))
}
