//! The whole state of a cloud: told, saved, brought back, compared. Invariant: a state is brought back in one commit, or not at all.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::diff::prose;
use super::faults::{Unused, unused};
use super::problem::Problem;
use crate::images::{ImageError, Manifest, Name, Origin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr;
use vcdsim_platform::seed::Inventory;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "state" "how much there is of what" &[], None, Answer::One(of::<State>), show),
    call!(Get "state/digest" "what tells this state from others" &[], None, Answer::One(of::<Digest>), digest),
    call!(Post "reset" "makes everything as it was at the start, as in an empty cloud, or as in a snapshot" &[], Some(of::<Reset>), Answer::Effect(of::<Became>), reset),
    call!(Get "seed.schema.json" "what a seed file may say, as JSON Schema has it" &[], None, Answer::One(of::<Value>), schema),
    call!(Post "seed" "makes everything as in a new cloud with this inventory, as JSON or as a TOML file says it" &[], Some(of::<Inventory>), Answer::Effect(of::<Became>), seed),
    call!(Post "seed/check" "what that would make, and what would be otherwise than now; 400 with the place of the mistake; nothing is changed" &[], Some(of::<Inventory>), Answer::One(of::<SeedCheck>), check_seed),
    call!(Get "snapshots" "the snapshots, by name" &[], None, Answer::List(of::<Manifest>, &["name"]), list),
    call!(Get "snapshots/{name}" "a snapshot" &[], None, Answer::One(of::<Manifest>), one),
    call!(Put "snapshots/{name}" "saves the state under a name, in place of what has it" &[], None, Answer::Effect(of::<Manifest>), save),
    call!(Delete "snapshots/{name}" "removes a snapshot" &[], None, Answer::Effect(of::<Effect>), remove),
    call!(Post "snapshots/{name}/load" "makes everything as it was when the snapshot was saved" &[], None, Answer::Effect(of::<Became>), load),
    call!(Get "snapshots/{from}/diff/{to}" "what two states have differently; besides snapshots there are now, seed and empty" &[], None, Answer::One(of::<Diff>), diff),
];

/// How much there is of what.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct State {
    /// Objects, by kind.
    objects: BTreeMap<String, usize>,
    /// Rows of other tables, by table.
    rows: BTreeMap<String, usize>,
}

/// What tells a state from others.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Digest {
    digest: String,
}

/// What an inventory would make.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SeedCheck {
    /// Objects, by kind.
    objects: BTreeMap<String, usize>,
    /// What would be otherwise than now, in words.
    prose: Vec<String>,
    /// The digest of the state that it would be.
    digest: String,
}

/// As what everything was made, and what went with what was.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Became {
    digest: String,
    /// The rules of `faults` and `broker/faults` that have struck nothing: a test that made them may not have tested what it was to.
    unused: Vec<Unused>,
}

/// What everything is to be made as.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    /// `seed`, `empty`, `snapshot:NAME` or `space:NAME`; as at the start.
    to: Option<String>,
}

/// What two states have differently.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Diff {
    /// In words.
    prose: Vec<String>,
    /// As RFC 6902 has it: what makes the first state's document the second one's.
    patch: Value,
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Self {
        let detail = error.to_string();
        match error {
            ImageError::Missing { name, known } => Self::missing(detail).near(&name, known.iter().map(String::as_str)),
            ImageError::Damaged(_) => Self::new(409, "It is not what it was", detail),
            ImageError::OtherVersion { .. } => Self::new(409, "It is of another version", detail),
            ImageError::Store(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                tracing::error!(%error, %cause, "a state cannot be used");
                Self::new(500, "The state cannot be used", detail + &cause)
            }
            ImageError::Seed(_) => Self::new(500, "The state cannot be made", detail),
            ImageError::Cloud(fault) => fault.into(),
        }
    }
}

/// A word of the path, as what it is to be.
pub(super) fn word<T: FromStr<Err = String>>(asked: &Asked, index: usize) -> Result<T, Problem> {
    asked.words.get(index).map(String::as_str).unwrap_or_default().parse().map_err(Problem::bad)
}

pub(super) async fn show(control: &Control<'_>, _: Asked) -> Outcome {
    let image = control.instance.store().image().await.map_err(ImageError::from)?;
    Ok(control.answer(&State::of(&image.document().map_err(ImageError::from)?)))
}

impl State {
    fn of(document: &Value) -> Self {
        let mut state = State { objects: BTreeMap::new(), rows: BTreeMap::new() };
        for (table, rows) in document.as_object().into_iter().flatten() {
            let rows = rows.as_object().map(|rows| rows.values().collect::<Vec<_>>()).unwrap_or_default();
            if table != "entity" {
                state.rows.insert(table.clone(), rows.len());
                continue;
            }
            for row in rows {
                *state.objects.entry(row["kind"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        state
    }
}

async fn told(control: &Control<'_>) -> Result<Digest, Problem> {
    let image = control.instance.store().image().await.map_err(ImageError::from)?;
    Ok(Digest { digest: image.digest().map_err(ImageError::from)? })
}

pub(super) async fn digest(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&told(control).await?))
}

pub(super) async fn reset(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Reset = asked.body()?;
    let to = sent.to.as_deref().unwrap_or("seed").parse().map_err(Problem::bad)?;
    become_as(control, &to).await
}

pub(super) async fn load(control: &Control<'_>, asked: Asked) -> Outcome {
    become_as(control, &Origin::Snapshot(word(&asked, 0)?)).await
}

async fn become_as(control: &Control<'_>, to: &Origin) -> Outcome {
    let unused = unused(control).await?;
    control.spaces.bring_back(to, control.instance).await?;
    became(control, unused).await
}

async fn became(control: &Control<'_>, unused: Vec<Unused>) -> Outcome {
    Ok(control.effect(&Became { digest: told(control).await?.digest, unused }))
}

pub(super) async fn schema(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&schemars::schema_for!(Inventory)))
}

pub(super) async fn seed(control: &Control<'_>, asked: Asked) -> Outcome {
    let (image, unused) = (control.spaces.images().begin(inventory(&asked)?).await?, unused(control).await?);
    control.instance.restore(image).await?;
    became(control, unused).await
}

/// The cloud is made apart, as if it were to be used, and forgotten.
pub(super) async fn check_seed(control: &Control<'_>, asked: Asked) -> Outcome {
    let then = control.spaces.images().begin(inventory(&asked)?).await?;
    let now = control.instance.store().image().await.map_err(ImageError::from)?;
    let [now, to] = [&now, &then].map(|image| image.document().map_err(ImageError::from));
    let (now, to) = (now?, to?);
    let digest = then.digest().map_err(ImageError::from)?;
    Ok(control.answer(&SeedCheck { objects: State::of(&to).objects, prose: prose(&now, &to), digest }))
}

fn inventory(asked: &Asked) -> Result<Inventory, Problem> {
    match asked.text()? {
        Some(text) => toml::from_str(text).map_err(|error| Problem::bad(format!("The body is no seed: {error}"))),
        None => asked.body(),
    }
}

pub(super) async fn list(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.list(control.spaces.images().list().await))
}

pub(super) async fn one(control: &Control<'_>, asked: Asked) -> Outcome {
    Ok(control.answer(&control.spaces.images().manifest(&word(&asked, 0)?).await?))
}

pub(super) async fn save(control: &Control<'_>, asked: Asked) -> Outcome {
    let manifest = control.spaces.images().save(control.instance, &word(&asked, 0)?).await?;
    Ok(control.effect(&manifest))
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    let name: Name = word(&asked, 0)?;
    control.spaces.images().remove(&name).await?;
    Ok(control.effect(&Effect::default()))
}

pub(super) async fn diff(control: &Control<'_>, asked: Asked) -> Outcome {
    let (from, to) = (state(control, &asked, 0).await?, state(control, &asked, 1).await?);
    let patch = serde_json::to_value(json_patch::diff(&from, &to)).unwrap_or_default();
    Ok(control.answer(&Diff { prose: prose(&from, &to), patch }))
}

/// The document of the state that a word names: a snapshot by its name alone.
async fn state(control: &Control<'_>, asked: &Asked, index: usize) -> Result<Value, Problem> {
    let named = word::<Name>(asked, index).map(Origin::Snapshot);
    let origin = named.or_else(|_reserved| word(asked, index))?;
    let held = control.spaces.image(&origin, control.instance).await?;
    Ok(held.image.document().map_err(ImageError::from)?)
}
