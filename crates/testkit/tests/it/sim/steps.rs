//! What can happen next. Invariant: a step draws all that is random before it acts, and asks nothing that a client could not.

use super::asking::{Asked, send};
use super::hands;
use super::machines::reconfigured;
use super::noting::noted;
use super::people::{ADMINISTRATOR, PEOPLE};
use super::play::{Client, Outcome, Play};
use super::recomposing::recomposed;
use super::requests;
use super::stores::stored;
use super::wiring::wired;
use crate::story::{BLOCKING_TASKS, params, progress};
use uuid::Uuid;
use vcdsim_model::action::{Action, Method};
use vcdsim_model::clock::after_millis;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_testkit::Answer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Somebody asks for something new.
    Make,
    /// Somebody follows a link, which must lead where it says.
    Follow,
    /// Somebody tries what may not be possible.
    Try,
    /// A machine is made otherwise.
    Reconfigure,
    /// Machines come to a vApp, and leave it.
    Recompose,
    /// Something about disks and media.
    Store,
    /// Something about networks.
    Wire,
    /// Something is written beside an object.
    Note,
    /// The gate is set.
    Gate,
    /// Somebody decides about a blocking task.
    Decide,
    /// Somebody keeps one alive.
    Prolong,
    Cancel,
    Read,
    /// Sessions come and go.
    Session,
    /// Many commands at once.
    Burst,
    /// Time passes.
    Advance,
    /// Time passes, and nobody is awake.
    Sleep,
    /// A phase is made to fail.
    Fault,
    Restart,
    Crash,
    Blackout,
    /// Somebody has a hand in a task.
    Hand,
    /// New tasks go as they are planned.
    Plan,
    /// Somebody decides by itself.
    Respond,
    /// A state is saved, or brought back.
    Image,
}

/// How often each comes, in relation to the others.
const WEIGHTS: &[(Step, usize)] = &[
    (Step::Make, 16),
    (Step::Follow, 14),
    (Step::Try, 8),
    (Step::Reconfigure, 10),
    (Step::Recompose, 10),
    (Step::Store, 16),
    (Step::Wire, 16),
    (Step::Note, 12),
    (Step::Gate, 6),
    (Step::Decide, 10),
    (Step::Prolong, 4),
    (Step::Cancel, 5),
    (Step::Read, 8),
    (Step::Session, 3),
    (Step::Burst, 12),
    (Step::Advance, 10),
    (Step::Sleep, 5),
    (Step::Fault, 4),
    (Step::Restart, 2),
    (Step::Crash, 3),
    (Step::Blackout, 2),
];

/// What comes besides on days that somebody has a hand in.
const HANDS: &[Step] = &[Step::Hand, Step::Hand, Step::Hand, Step::Hand, Step::Plan, Step::Respond, Step::Image];

/// Milliseconds that pass.
const SPANS: &[i64] = &[1, 7, 500, 1_000, 1_000, 30_000, 59_999, 60_000, 60_000, 3_600_000, 86_400_000, 5 * 86_400_000];
/// 91 days: tasks are forgotten.
const AGES: i64 = 91 * 86_400_000;

impl Step {
    pub(super) fn draw(play: &mut Play) -> Self {
        if play.hands && play.chance(25) {
            return play.pick(HANDS);
        }
        let all = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut at = play.below(all);
        let found = WEIGHTS.iter().find(|(_, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        let step = found.expect("the weights add up").0;
        if step.has_something(play) || play.chance(20) { step } else { Self::Make }
    }

    /// Whether there is what the step is about.
    fn has_something(self, play: &Play) -> bool {
        match self {
            Self::Follow | Self::Try | Self::Reconfigure | Self::Recompose => play.seen.of_kind(Kind::VApp).count() > 1,
            Self::Decide | Self::Prolong => !play.seen.blocking.is_empty(),
            Self::Cancel | Self::Fault => play.seen.open().next().is_some(),
            _ => true,
        }
    }

    pub(super) async fn play(self, play: &mut Play) -> Outcome {
        match self {
            Self::Make => make(play).await,
            Self::Follow => follow(play).await,
            Self::Try => attempt(play).await,
            Self::Reconfigure => asked(play, reconfigured).await,
            Self::Recompose => asked(play, recomposed).await,
            Self::Store => asked(play, stored).await,
            Self::Wire => asked(play, wired).await,
            Self::Note => asked(play, noted).await,
            Self::Gate => gate(play).await,
            Self::Decide => decide(play).await,
            Self::Prolong => prolong(play).await,
            Self::Cancel => cancel(play).await,
            Self::Read => super::reading::read(play).await,
            Self::Session => session(play).await,
            Self::Burst => super::burst::burst(play).await,
            Self::Advance => advance(play).await,
            Self::Sleep => sleep(play),
            Self::Fault => fault(play),
            Self::Restart => reopened(play.restart()).await,
            Self::Crash => reopened(play.crash()).await,
            Self::Blackout => reopened(play.blackout()).await,
            Self::Hand => hands::hand(play).await,
            Self::Plan => hands::plan(play).await,
            Self::Respond => hands::respond(play).await,
            Self::Image => hands::image(play).await,
        }
    }
}

async fn reopened(how: impl Future<Output = ()>) -> Outcome {
    how.await;
    Outcome::Various
}

pub(super) fn outcome(answer: &Answer) -> Outcome {
    if answer.status < 400 { Outcome::Accepted } else { Outcome::Refused }
}

/// Somebody; more often somebody who may do much.
pub(super) fn somebody(play: &mut Play) -> Client {
    let who = play.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6]);
    play.client(who)
}

/// Somebody who may change what lies in the example organization, now and then somebody else; mostly at a version that knows how.
pub(super) fn manager(play: &mut Play) -> Client {
    let who = play.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 6]);
    play.newer_client(who)
}

/// The provider's administrator, and now and then somebody who should not.
pub(super) fn administrator(play: &mut Play) -> Client {
    let who = if play.chance(93) { ADMINISTRATOR } else { play.below(PEOPLE.len()) };
    play.client(who)
}

/// A vApp or a machine.
pub(super) fn something(play: &mut Play) -> Option<Urn> {
    let kinds = if play.chance(60) { Kind::VApp } else { Kind::Vm };
    let all: Vec<Urn> = play.seen.of_kind(kinds).map(|entity| entity.urn()).collect();
    play.pick_some(all.into_iter())
}

pub(super) fn href(urn: Urn, view: View) -> String {
    format!("https://vcd.test{}{}", urn.kind.info().place(view).path, urn.id)
}

async fn asked(play: &mut Play, draw: fn(&mut Play) -> Option<Asked>) -> Outcome {
    let asked = draw(play);
    send(play, asked).await
}

async fn make(play: &mut Play) -> Outcome {
    let (url, media, body) = requests::creation(play);
    let who = if url.contains("/extension/") { administrator(play) } else { somebody(play) };
    let answer = play.ask(who, "POST", &url, Some((media, &body))).await;
    outcome(&answer)
}

/// A link is shown exactly when its request is accepted; only a new name may turn out to be taken, and a network may be none of the vApp's.
async fn follow(play: &mut Play) -> Outcome {
    let (who, target) = (somebody(play), something(play));
    let (name, suspend) = (requests::name(play), play.chance(50));
    let which = play.below(1_000);
    let Some(target) = target else { return Outcome::Various };
    let document = play.ask(who, "GET", &href(target, View::User), None).await;
    if document.status != 200 {
        return Outcome::Refused;
    }
    let links = requests::changes(&document, play.leases);
    if links.is_empty() {
        return Outcome::Various;
    }
    let (rel, url) = &links[which % links.len()];
    let (method, body) = requests::of_link(&document, (rel, url), &name, suspend);
    let answer = play.ask(who, method, url, body.as_ref().map(|(media, text)| (*media, text.as_str()))).await;
    let taken = rel == "edit" && answer.attribute("minorErrorCode").as_deref() == Some("DUPLICATE_NAME");
    let stray = rel == "edit" && answer.text().contains("which the vApp does not have");
    assert!(answer.status == 202 || taken || stray, "the link {rel} to {url} leads to {}: {}", answer.status, answer.text());
    outcome(&answer)
}

/// Does something to something without looking.
async fn attempt(play: &mut Play) -> Outcome {
    let (who, target) = (somebody(play), something(play));
    let stranger = play.chance(5).then(|| Uuid::from_u128(play.below(usize::MAX) as u128));
    let Some(target) = target.map(|urn| Urn::new(urn.kind, stranger.unwrap_or(urn.id))) else { return Outcome::Various };
    let actions = crate::actions::of(target.kind);
    let action: &Action = play.pick(&actions);
    let (name, force) = (requests::name(play), play.chance(50));
    let mut url = format!("{}{}", href(target, View::User), action.path);
    if action.method == Method::Delete && force {
        url += "?force=true";
    }
    let body = (action.method == Method::Put).then(|| requests::renamed(&name));
    let answer = play.ask(who, action.method.name(), &url, body.as_deref().map(|body| (media::VAPP, body))).await;
    outcome(&answer)
}

async fn gate(play: &mut Play) -> Outcome {
    let who = administrator(play);
    let body = requests::gate(play);
    let answer = play.ask(who, "PUT", "/api/admin/extension/settings/blockingTask", Some((media::BLOCKING_TASK_SETTINGS, &body))).await;
    assert_eq!(answer.status, if who.who == ADMINISTRATOR { 200 } else { 403 }, "{}", answer.text());
    Outcome::Various
}

/// A blocking task that is there, or was once.
pub(super) fn a_blocking_task(play: &mut Play) -> Option<Uuid> {
    let there: Vec<Uuid> = play.seen.blocking.keys().copied().collect();
    let ever: Vec<Uuid> = play.blocked.iter().copied().collect();
    let among = if play.chance(90) && !there.is_empty() { there } else { ever };
    play.pick_some(among.into_iter())
}

/// Whether a blocking task can still be decided.
pub(super) fn is_active(play: &Play, id: Uuid) -> bool {
    play.seen.blocking.get(&id).is_some_and(|blocking| blocking.timeout > play.world.now() && !hands::is_decided(play, blocking.task))
}

async fn decide(play: &mut Play) -> Outcome {
    let (who, id) = (administrator(play), a_blocking_task(play));
    let (word, by_link) = (play.pick(&["resume", "resume", "resume", "abort", "fail"]), play.chance(50));
    let message = play.pick(&["", "so be it", "&lt;no&gt; \u{e4}\u{2603}"]);
    let Some(id) = id else { return Outcome::Various };
    let wanted = if who.who == ADMINISTRATOR && is_active(play, id) { 204 } else { 403 };
    let place = href(Urn::new(Kind::BlockingTask, id), View::Extension);
    let mut url = format!("{place}/action/{word}");
    if by_link {
        let document = play.ask(who, "GET", &place, None).await;
        assert_eq!(document.status, if wanted == 204 { 200 } else { 403 }, "{}", document.text());
        if wanted == 204 {
            url = document.link(word, media::BLOCKING_TASK_PARAMS);
        }
    }
    let answer = play.ask(who, "POST", &url, Some((media::BLOCKING_TASK_PARAMS, &params(message)))).await;
    assert_eq!(answer.status, wanted, "{word} of {id}: {}", answer.text());
    outcome(&answer)
}

async fn prolong(play: &mut Play) -> Outcome {
    let (who, id) = (administrator(play), a_blocking_task(play));
    let millis = play.pick(&[None, Some(0), Some(1_000), Some(60_000), Some(86_400_000), Some(-1)]);
    let Some(id) = id else { return Outcome::Various };
    let url = format!("{}/action/updateProgress", href(Urn::new(Kind::BlockingTask, id), View::Extension));
    let before = play.seen.blocking.get(&id).map(|blocking| blocking.timeout).filter(|_| is_active(play, id));
    let body = progress("still waiting", millis.map(|millis: i64| millis.to_string()).as_deref());
    let answer = play.ask(who, "POST", &url, Some((media::BLOCKING_TASK_PROGRESS_PARAMS, &body))).await;
    let wanted = match (who.who == ADMINISTRATOR, before, millis) {
        (false, ..) | (_, None, _) => 403,
        (true, Some(_), Some(-1)) => 400,
        (true, Some(_), _) => 200,
    };
    assert_eq!(answer.status, wanted, "{}", answer.text());
    if let (200, Some(before)) = (wanted, before) {
        let timeout = millis.map_or(before, |millis| after_millis(play.world.now(), millis));
        let shown = answer.attribute("timeoutDate").or_else(|| answer.text_of("timeoutDate"));
        assert_eq!(shown, Some(vcdsim_model::clock::format_time(timeout)), "{}", answer.text());
    }
    Outcome::Various
}

async fn cancel(play: &mut Play) -> Outcome {
    let who = somebody(play);
    let open: Vec<Uuid> = play.seen.open().map(|task| task.id).collect();
    let all: Vec<Uuid> = play.seen.tasks.keys().copied().collect();
    let among = if play.chance(75) && !open.is_empty() { open } else { all };
    let Some(id) = play.pick_some(among.into_iter()) else { return Outcome::Various };
    let answer = play.ask(who, "POST", &format!("/api/task/{id}/action/cancel"), None).await;
    assert!([204, 400, 403].contains(&answer.status), "{}", answer.text());
    let task = play.world.instance().app.cloud().read().task(id).await.unwrap();
    let canceled = task.is_some_and(|task| task.status == vcdsim_model::task::TaskStatus::Canceled);
    assert!(answer.status != 204 || canceled, "task {id} was canceled and is not");
    outcome(&answer)
}

/// Sends the general settings back as they were read, with other limits of sessions.
async fn limits(play: &mut Play) -> Outcome {
    const URL: &str = "/api/admin/extension/settings/general";
    let client = play.client(ADMINISTRATOR);
    let (idle, all) = (play.pick(&[1, 30, 600]), play.pick(&[5, 1_440]));
    let document = play.ask(client, "GET", URL, None).await;
    let mut body = document.text().to_owned();
    for (element, minutes) in [("AbsoluteSessionTimeoutMinutes", all), ("SessionTimeoutMinutes", idle)] {
        let start = body.find(&format!(":{element}>")).or(body.find(&format!("<{element}>"))).expect("it is always there") + 1;
        let value = start + body[start..].find('>').expect("a tag ends") + 1;
        let end = value + body[value..].find('<').expect("an element ends");
        body.replace_range(value..end, &minutes.to_string());
    }
    let answer = play.ask(client, "PUT", URL, Some((media::GENERAL_SETTINGS, &body))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Outcome::Various
}

async fn session(play: &mut Play) -> Outcome {
    if play.chance(25) {
        return limits(play).await;
    }
    let (who, right) = (play.below(PEOPLE.len()), play.chance(50));
    let client = play.client(who);
    if play.chance(50) {
        play.ask(client, "DELETE", "/api/session", None).await;
    }
    let answer = play.people[who].actor.try_login(PEOPLE[who], if right { "password" } else { "passw0rd" }).await;
    assert_eq!(answer.status, if right { 200 } else { 401 }, "{}", answer.text());
    play.heard(format!("   {} signs in: {}", PEOPLE[who], answer.status), &answer);
    let list = play.ask(client, "GET", BLOCKING_TASKS, None).await;
    assert_eq!(list.status, if who == ADMINISTRATOR { 200 } else { 403 });
    Outcome::Various
}

async fn advance(play: &mut Play) -> Outcome {
    let millis = if play.chance(4) { AGES } else { play.pick(SPANS) };
    play.diary.note(format!("   by {millis} ms"));
    play.world.advance_millis(millis).await;
    Outcome::Various
}

fn sleep(play: &mut Play) -> Outcome {
    let millis = play.pick(SPANS);
    play.diary.note(format!("   for {millis} ms"));
    play.world.sleep_millis(millis);
    Outcome::Various
}

fn fault(play: &mut Play) -> Outcome {
    let open: Vec<_> = play.seen.open().map(|task| (task.id, task.phase)).collect();
    let later = u16::from(play.chance(40));
    // A hand brings back tasks whose faults have struck already.
    if let Some((task, phase)) = play.pick_some(open.into_iter()).filter(|_| !play.hands) {
        play.diary.note(format!("   in phase {} of {task}", phase + later));
        play.armed.push((task, phase + later));
        play.arm(task, phase + later);
    }
    Outcome::Various
}
