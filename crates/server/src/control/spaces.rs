//! Spaces: clouds side by side. Invariant: a call about a space that is not there names those that are.

use super::Ports;
use super::asked::Asked;
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::problem::Problem;
use super::snapshots::word;
use crate::config::clock_mode;
use crate::images::{Name, Origin};
use crate::listen;
use crate::spaces::{Driven, Listener, Space, SpaceError, Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The title of the problem that a space cannot listen where it is to.
pub(crate) const PORT_REFUSED: &str = "The port cannot be used";

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "spaces" "the spaces, by name" &[], None, Answer::List(of::<SpaceItem>, &["name"]), list),
    call!(Post "spaces" "makes a space" &[], Some(of::<NewSpace>), Answer::Effect(of::<SpaceItem>), make),
    call!(Get "spaces/{name}" "a space" &[], None, Answer::One(of::<SpaceItem>), one),
    call!(Delete "spaces/{name}" "ends a space, and everything in it" &[], None, Answer::Effect(of::<Effect>), remove),
];

/// A space.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SpaceItem {
    /// Its name: the value of the header `X-Mock-Space` that requests for it carry, or the first part of the host `NAME.localhost`.
    name: String,
    /// What it was made from.
    from: String,
    /// The seed of its ids, if they are not left to chance.
    rng: Option<u64>,
    /// The URL of its API as messages have it: the listener of the process with its host.
    api: String,
    /// The origin of a listener of its own.
    http: Option<String>,
}

/// A space that is to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSpace {
    /// At most 63 small letters, digits and inner hyphens.
    name: String,
    /// `seed`, `empty`, `now` (the cloud that is asked), `snapshot:NAME` or `space:NAME`; as at the start.
    from: Option<String>,
    /// Draw its ids from this seed; left to chance.
    rng: Option<u64>,
    /// How its clock goes: `real`, `manual`, or `x60`; as in what it is made from.
    clock: Option<String>,
    /// A port for a listener of its own, 0 for a free one; it has none.
    port: Option<u16>,
}

impl From<SpaceError> for Problem {
    fn from(error: SpaceError) -> Self {
        let detail = error.to_string();
        match error {
            SpaceError::Missing { name, known } => Self::missing(detail).near(&name, known.iter().map(String::as_str)),
            SpaceError::Taken(_) => Self::new(409, "The name is taken", detail),
            SpaceError::Image(error) => error.into(),
            SpaceError::Failed(_) => Self::new(500, "The space cannot be used", detail),
        }
    }
}

fn item(name: &str, space: &Space) -> SpaceItem {
    SpaceItem {
        name: name.to_owned(),
        from: space.origin.to_string(),
        rng: space.rng,
        api: space.instance.base_uri.get().to_owned(),
        http: space.listens_at().map(str::to_owned),
    }
}

pub(super) async fn list(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.list(control.spaces.list().iter().map(|(name, space)| item(name, space)).collect()))
}

pub(super) async fn one(control: &Control<'_>, asked: Asked) -> Outcome {
    let name: Name = word(&asked, 0)?;
    Ok(control.answer(&item(name.as_ref(), &*control.spaces.get(name.as_ref())?)))
}

pub(super) async fn make(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: NewSpace = asked.body()?;
    let name: Name = sent.name.parse().map_err(Problem::bad)?;
    let origin: Origin = sent.from.as_deref().unwrap_or("seed").parse().map_err(Problem::bad)?;
    let clock =
        sent.clock.as_deref().map(|text| clock_mode(text).map_err(|what| Problem::bad(format!("clock is {what}, not \"{text}\"."))));
    let wanted = Wanted { name: name.clone(), origin, rng: sent.rng, clock: clock.transpose()? };
    let driven = if control.instance.is_driven().await { Driven::ByItself } else { Driven::ByHand };
    let mut space = control.spaces.make(wanted, control.instance, driven).await?;
    match sent.port.map_or(Ok(None), |port| bound(control, &name, port)) {
        Ok(None) => {}
        Ok(Some(listener)) => space = control.spaces.listen(&name, &space, listener)?,
        Err(reason) => {
            control.spaces.remove_this(name.as_ref(), &space).await?;
            return Err(Problem::new(409, PORT_REFUSED, reason));
        }
    }
    Ok(control.effect(&item(name.as_ref(), &space)))
}

fn bound(control: &Control<'_>, name: &Name, port: u16) -> Result<Option<Listener>, String> {
    match &control.facts.ports {
        Ports::Bound => listen::bind_space(port, name.as_ref(), Arc::clone(control.spaces), control.facts.clone()).map(Some),
        Ports::Played(then) => then.clone().map(|()| None),
    }
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    let name: Name = word(&asked, 0)?;
    control.spaces.remove(name.as_ref()).await?;
    Ok(control.effect(&Effect::default()))
}
