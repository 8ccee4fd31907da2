//! Requests that days count by what they ask for. Invariant: such a request is one, so that what it changes is known.

use super::invariants::is_made;
use super::play::{Client, Outcome, Play};
use super::steps::outcome;
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;

/// A request that was drawn and is not sent yet.
pub(super) struct Asked {
    /// What is asked for, in the words of the thresholds in `sim.rs`.
    pub(super) what: &'static str,
    pub(super) who: Client,
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) body: Option<(&'static str, String)>,
}

impl Asked {
    pub(super) fn post(what: &'static str, who: Client, url: String, media: &'static str, body: String) -> Self {
        Self { what, who, method: "POST", url, body: Some((media, body)) }
    }

    pub(super) fn put(what: &'static str, who: Client, url: String, media: &'static str, body: String) -> Self {
        Self { method: "PUT", ..Self::post(what, who, url, media, body) }
    }

    pub(super) const fn delete(what: &'static str, who: Client, url: String) -> Self {
        Self { what, who, method: "DELETE", url, body: None }
    }
}

/// An object of a kind that fits; mostly one that is made and that no task holds.
pub(super) fn one(play: &mut Play, kind: Kind, fits: impl Fn(&Entity) -> bool) -> Option<Arc<Entity>> {
    let all: Vec<_> = play.seen.of_kind(kind).filter(|entity| fits(entity)).cloned().collect();
    let idle: Vec<_> = all.iter().filter(|entity| entity.head.busy.is_none() && is_made(entity)).cloned().collect();
    let among = if play.chance(85) && !idle.is_empty() { idle } else { all };
    play.pick_some(among.into_iter())
}

/// Sends what was drawn, if anything was; nothing comes of what has no subject.
pub(super) async fn send(play: &mut Play, asked: Option<Asked>) -> Outcome {
    let Some(Asked { what, who, method, url, body }) = asked else { return Outcome::Various };
    let answer = play.ask(who, method, &url, body.as_ref().map(|(media, text)| (*media, text.as_str()))).await;
    if answer.status < 400 {
        *play.counts.accepted.entry(what).or_default() += 1;
    }
    outcome(&answer)
}
