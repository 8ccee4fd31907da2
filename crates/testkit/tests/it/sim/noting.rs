//! Metadata is written, changed and removed, of whatever has it. Invariant: only a few keys are written, so that days meet their own traces.

use super::asking::Asked;
use super::play::Play;
use super::steps::{href, manager};
use crate::metadata::{entry, metadata, value};
use vcdsim_model::media;
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::metadata::{Domain, MetaKey};

const KEYS: [&str; 4] = ["owner", "rank", "a b/c", "until"];

/// All that days write.
pub(super) fn names() -> Vec<MetaKey> {
    let name = |domain, key: &str| MetaKey { domain, key: key.to_owned() };
    Domain::ALL.into_iter().flat_map(|domain| KEYS.map(|key| name(domain, key))).collect()
}

/// Something is written beside an object, or removed.
pub(super) fn noted(play: &mut Play) -> Option<Asked> {
    let (who, which, key, system) = (manager(play), play.below(6), play.pick(&KEYS), play.chance(25));
    let number = play.below(3);
    let (name, text) = play.pick(&[
        ("MetadataStringValue", "x"),
        ("MetadataNumberValue", "7"),
        ("MetadataBooleanValue", "true"),
        ("MetadataNumberValue", "x"),
    ]);
    let there = play.chance(80);
    let noted: Vec<_> = play.seen.metadata.iter().map(|datum| (datum.object, datum.entry.name.clone())).collect();
    let (object, removed) = (
        play.pick_some(play.seen.objects.keys().filter(|urn| Bearer::of(urn.kind).is_some()).copied().collect::<Vec<_>>().into_iter()),
        play.pick_some(noted.into_iter()),
    );
    if let (4.., true, Some((id, name))) = (which, there, removed) {
        let urn = play.seen.objects.keys().find(|urn| urn.id == id).copied()?;
        let place =
            format!("{}/metadata/{}/{}", href(urn, Bearer::of(urn.kind)?.edit.view), name.domain.name(), name.key.replace(' ', "%20"));
        return Some(Asked::delete("metadata removed", who, place));
    }
    let urn = object?;
    let url = format!("{}/metadata", href(urn, Bearer::of(urn.kind)?.edit.view));
    let key_of_path = key.replace(' ', "%20");
    if which == 3 {
        let domain = if system { "SYSTEM/" } else { "" };
        return Some(Asked::put("metadata written", who, format!("{url}/{domain}{key_of_path}"), media::METADATA_VALUE, value(name, text)));
    }
    let visibility = system.then_some("READONLY");
    let entries: String = KEYS.iter().take(number).chain([&key]).map(|key| entry(visibility, key, name, text)).collect();
    Some(Asked::post("metadata written", who, url, media::METADATA, metadata(&entries)))
}
