//! Independent disks and media: made, put into machines, taken out, gone. Invariant: what the inventory came with stays, so that there is
//! something to take to the end of a day.

use super::asking::{Asked, one};
use super::machines::{a_machine, profile};
use super::play::Play;
use super::steps::{href, manager};
use crate::vapp::NAMESPACES;
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::disk::Disk;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;

/// Something about disks or media.
pub(super) fn stored(play: &mut Play) -> Option<Asked> {
    match play.below(17) {
        0 | 1 => Some(new_disk(play)),
        2..5 => attached(play),
        5..8 => detached(play),
        8 => changed_disk(play),
        9 => deleted(play, Kind::Disk),
        10 | 11 => inserted(play),
        12 | 13 => ejected(play),
        14 | 15 => Some(new_medium(play)),
        _ => deleted(play, Kind::Media),
    }
}

fn vdc(play: &mut Play) -> String {
    let name = if play.chance(90) { "example-vdc" } else { "example-nsxt-vdc" };
    href(Urn::new(Kind::Vdc, seeded_id(Kind::Vdc, name)), View::User)
}

fn a(play: &mut Play, kind: Kind) -> Option<Arc<Entity>> {
    one(play, kind, |_| true)
}

/// Sizes in both forms, as versions have one or the other.
fn size(play: &mut Play) -> String {
    let mb = play.pick(&[1, 64, 64, 1_024, 8_192]);
    format!(r#"size="{}" sizeMb="{mb}""#, i64::from(mb) << 20)
}

fn new_disk(play: &mut Play) -> Asked {
    let (who, vdc, size, number) = (manager(play), vdc(play), size(play), play.below(5));
    let bus = play.pick(&["", "", r#"busType="5""#, r#"busType="6" busSubType="VirtualSCSI""#, r#"busType="20""#]);
    let profile = if play.chance(30) { profile(play) } else { String::new() };
    let body = format!(r#"<DiskCreateParams {NAMESPACES}><Disk name="disk-{number}" {size} {bus}>{profile}</Disk></DiskCreateParams>"#);
    Asked::post("new disks", who, format!("{vdc}/disk"), media::DISK_CREATE_PARAMS, body)
}

fn changed_disk(play: &mut Play) -> Option<Asked> {
    let (who, disk, size, number) = (manager(play), a(play, Kind::Disk), size(play), play.below(5));
    let size = if play.chance(60) { size } else { String::new() };
    let profile = if play.chance(30) { profile(play) } else { String::new() };
    let body = format!(r#"<Disk {NAMESPACES} name="disk-{number}" {size}>{profile}</Disk>"#);
    Some(Asked::put("changed disks", who, href(disk?.urn(), View::User), media::DISK, body))
}

fn hung(what: &'static str, word: &str, who: super::play::Client, machine: Urn, disk: Urn, place: &str) -> Asked {
    let disk = href(disk, View::User);
    let body = format!(r#"<DiskAttachOrDetachParams {NAMESPACES}><Disk href="{disk}"/>{place}</DiskAttachOrDetachParams>"#);
    let url = format!("{}/disk/action/{word}", href(machine, View::User));
    Asked::post(what, who, url, media::DISK_ATTACH_OR_DETACH_PARAMS, body)
}

fn attached(play: &mut Play) -> Option<Asked> {
    let (who, machine, disk) = (manager(play), a_machine(play), a(play, Kind::Disk));
    let (bus, unit) = (play.below(3), play.below(3));
    let place = format!("<BusNumber>{bus}</BusNumber><UnitNumber>{unit}</UnitNumber>");
    let place = if play.chance(40) { place } else { String::new() };
    Some(hung("attached disks", "attach", who, machine?.urn(), disk?.urn(), &place))
}

/// Mostly from the machine that has it.
fn detached(play: &mut Play) -> Option<Asked> {
    let taken = one(play, Kind::Disk, |disk| disk.body::<Disk>().is_some_and(|disk| disk.attached_to.is_some()));
    let (who, disk, other) = (manager(play), taken, a_machine(play));
    let other = other.filter(|_| play.chance(10)).map(|machine| machine.urn());
    let disk = disk?;
    let holder = disk.body::<Disk>()?.attached_to.map(|id| Urn::new(Kind::Vm, id));
    Some(hung("detached disks", "detach", who, other.or(holder)?, disk.urn(), ""))
}

fn deleted(play: &mut Play, kind: Kind) -> Option<Asked> {
    let seeded = [seeded_id(Kind::Media, "example-catalog/example-media")];
    let (who, one) = (manager(play), one(play, kind, |one| !seeded.contains(&one.head.id)).map(|one| one.urn()));
    let what = if kind == Kind::Disk { "deleted disks" } else { "deleted media" };
    Some(Asked::delete(what, who, href(one?, View::User)))
}

fn driven(what: &'static str, word: &str, who: super::play::Client, machine: Urn, medium: Option<Urn>) -> Asked {
    let inner = medium.map_or_else(String::new, |medium| format!(r#"<Media href="{}"/>"#, href(medium, View::User)));
    let body = format!("<MediaInsertOrEjectParams {NAMESPACES}>{inner}</MediaInsertOrEjectParams>");
    Asked::post(what, who, format!("{}/media/action/{word}", href(machine, View::User)), media::MEDIA_INSERT_OR_EJECT_PARAMS, body)
}

fn inserted(play: &mut Play) -> Option<Asked> {
    let (who, machine, medium) = (manager(play), a_machine(play), a(play, Kind::Media));
    Some(driven("inserted media", "insertMedia", who, machine?.urn(), Some(medium?.urn())))
}

/// Mostly out of a machine that has one in; by its name, or whatever it is.
fn ejected(play: &mut Play) -> Option<Asked> {
    let loaded = one(play, Kind::Vm, |machine| machine.body::<Vm>().is_some_and(|machine| machine.drives.media().next().is_some()));
    let (who, machine) = (manager(play), loaded);
    let (named, other) = (play.chance(70), a_machine(play));
    let machine = machine.or(other)?;
    let medium = machine.body::<Vm>()?.drives.media().next().map(|id| Urn::new(Kind::Media, id));
    Some(driven("ejected media", "ejectMedia", who, machine.urn(), medium.filter(|_| named)))
}

fn new_medium(play: &mut Play) -> Asked {
    let (who, vdc, medium, number) = (manager(play), vdc(play), a(play, Kind::Media), play.below(6));
    let medium = medium.map_or_else(|| Urn::new(Kind::Media, seeded_id(Kind::Media, "none")), |medium| medium.urn());
    let source = href(medium, View::User);
    let body = format!(r#"<CloneMediaParams {NAMESPACES} name="disc-{number}"><Source href="{source}"/></CloneMediaParams>"#);
    Asked::post("copied media", who, format!("{vdc}/action/cloneMedia"), media::CLONE_MEDIA_PARAMS, body)
}
