//! What holds for every operation, whichever family it belongs to. Invariant: an operation that is registered is held to all of it by its one
//! sample, so that none escapes.

mod gateway;
pub(crate) mod sample;
pub(crate) mod scene;

use sample::{SAMPLES, Sample};
use scene::{Scene, Spoil, TIMEOUT, differ_in_nothing};
use std::collections::BTreeSet;
use vcdsim_model::Fault;
use vcdsim_model::blocking::TimeoutAction;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::task::TaskStatus;
use vcdsim_platform::blocking_task::Decision;
use vcdsim_store::Dump;
use vcdsim_task_engine::Pace;

const STEPPED: Pace = Pace::Fixed(scene::SECOND);
const PACES: [Pace; 3] = [Pace::Immediate, STEPPED, Pace::Held];

/// What goes on beside everything else, and so holds nothing.
pub(crate) const BESIDE: [Name; 1] = [Name::MetadataUpdate];

#[tokio::test]
async fn every_operation_has_a_sample() {
    let world = vcdsim_testkit::World::new().await;
    let registered: BTreeSet<_> = world.instance().app.cloud().engine().registry().names().collect();
    let sampled: BTreeSet<_> = SAMPLES.iter().map(|(name, _)| *name).collect();
    let names = |missing: BTreeSet<vcdsim_model::operation::Operation>| missing.iter().map(|name| name.name()).collect::<Vec<_>>();
    let (without, stale) = (names(&registered - &sampled), names(&sampled - &registered));
    assert!(without.is_empty(), "give these operations a sample in operation/sample.rs: {without:?}");
    assert!(stale.is_empty() && sampled.len() == SAMPLES.len(), "samples without an operation, or twice: {stale:?}");
}

/// How a blocked task comes to its end.
#[derive(Debug, Clone, Copy)]
enum End {
    Decision,
    Timeout,
}

/// Blocks a sample and ends it there.
async fn ended_at_the_gate(scene: &Scene, sample: &Sample, end: End, decision: Decision, what: &str) {
    let (action, status) = match decision {
        Decision::Abort => (TimeoutAction::Abort, TaskStatus::Aborted),
        _ => (TimeoutAction::Fail, TaskStatus::Error),
    };
    scene.gate(sample.0, action).await;
    let before = scene.objects().await;
    let sent = scene.submit(sample).await;
    assert_eq!(sent.task.status, TaskStatus::PreRunning, "{what}");
    if !BESIDE.contains(&sample.0) {
        assert_ne!(scene.objects().await, before, "{what}: something is made or locked");
    }
    match end {
        End::Decision => scene.decide(&sent, decision).await,
        End::Timeout => scene.world.advance_millis(TIMEOUT).await,
    }
    scene.has_ended(sent.task.id, status, what).await;
    match decision {
        Decision::Abort => scene.is_as_before(&before, what).await,
        _ => scene.only_new_ones_are_marked(&before, what).await,
    }
}

#[tokio::test]
async fn abort_at_the_gate_leaves_the_world_as_it_was() {
    let stage = Scene::new().await;
    for (sample, pace, end) in at_the_gate() {
        let what = format!("{} at {pace:?} by {end:?}", sample.0.name());
        ended_at_the_gate(&stage.fork(pace).await, sample, end, Decision::Abort, &what).await;
    }
}

#[tokio::test]
async fn fail_at_the_gate_marks_exactly_what_was_made() {
    let stage = Scene::new().await;
    for (sample, pace, end) in at_the_gate() {
        let what = format!("{} at {pace:?} by {end:?}", sample.0.name());
        ended_at_the_gate(&stage.fork(pace).await, sample, end, Decision::Fail, &what).await;
    }
}

/// Every sample, at every pace by decision, and once by timeout.
fn at_the_gate() -> impl Iterator<Item = (&'static Sample, Pace, End)> {
    let ways = PACES.map(|pace| (pace, End::Decision)).into_iter().chain([(STEPPED, End::Timeout)]);
    SAMPLES.iter().flat_map(move |sample| ways.clone().map(move |(pace, end)| (sample, pace, end)))
}

#[tokio::test]
async fn cancel_at_each_phase_leaves_the_world_as_it_was() {
    let stage = Scene::new().await;
    let before = stage.objects().await;
    for sample in SAMPLES {
        for phases in 0.. {
            let (scene, what) = (stage.fork(STEPPED).await, format!("{} after {phases} phases", sample.0.name()));
            let sent = scene.submit(sample).await;
            scene.pass(phases).await;
            if scene.task(sent.task.id).await.status.is_terminal() {
                assert!(phases > 0, "{what}: ended at once");
                break;
            }
            scene.cloud().cancel(sent.task.id, &scene.caller).await.unwrap();
            scene.has_ended(sent.task.id, TaskStatus::Canceled, &what).await;
            scene.is_as_before(&before, &what).await;
        }
        for gated in [true, false] {
            let (scene, what) = (stage.fork(Pace::Held).await, format!("{} before it began, gated: {gated}", sample.0.name()));
            if gated {
                scene.gate(sample.0, TimeoutAction::Fail).await;
            }
            let sent = scene.submit(sample).await;
            assert_eq!(sent.task.status, if gated { TaskStatus::PreRunning } else { TaskStatus::Queued }, "{what}");
            scene.cloud().cancel(sent.task.id, &scene.caller).await.unwrap();
            scene.has_ended(sent.task.id, TaskStatus::Canceled, &what).await;
            scene.is_as_before(&before, &what).await;
        }
    }
}

#[tokio::test]
async fn a_fault_in_each_phase_leaves_no_trace_but_marks() {
    let stage = Scene::new().await;
    let before = stage.objects().await;
    for sample in SAMPLES {
        for phase in 0.. {
            let (scene, what) = (stage.fork(STEPPED).await, format!("{} in phase {phase}", sample.0.name()));
            let sent = scene.submit(sample).await;
            scene.cloud().engine().fail_phase(sent.task.id, phase, Fault::bad_request("It was to fail."));
            scene.pass(9).await;
            if scene.task(sent.task.id).await.status == TaskStatus::Success {
                assert!(phase > 0, "{what}: it has no phase");
                break;
            }
            scene.has_ended(sent.task.id, TaskStatus::Error, &what).await;
            assert_eq!(scene.task(sent.task.id).await.error.unwrap().message, "It was to fail.");
            scene.only_new_ones_are_marked(&before, &what).await;
        }
    }
}

/// What was kept of a task may have become unreadable: it ends all the same, and lets go of what it holds.
#[tokio::test]
async fn a_task_that_cannot_be_read_back_ends() {
    let stage = Scene::new().await;
    let before = stage.objects().await;
    for sample in SAMPLES {
        for phases in 0.. {
            let (scene, what) = (stage.fork(STEPPED).await, format!("{} after {phases} phases", sample.0.name()));
            let sent = scene.submit(sample).await;
            scene.pass(phases).await;
            if scene.task(sent.task.id).await.status.is_terminal() {
                break;
            }
            scene.cloud().store().write(Spoil(sent.task.id)).await.unwrap();
            scene.pass(9).await;
            scene.has_ended(sent.task.id, TaskStatus::Error, &what).await;
            scene.only_new_ones_are_marked(&before, &what).await;
        }
    }
}

/// What happens to the server between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accident {
    Restart,
    Crash,
}

/// Everything that is left of a world in which an operation was blocked, resumed and finished, with accidents where `strikes` says so; and
/// how many places for accidents there were.
async fn played(stage: &Scene, sample: &Sample, accident: Accident, strikes: impl Fn(usize) -> bool) -> (Dump, usize) {
    let mut scene = stage.fork(STEPPED).await;
    let mut places = 0;
    let mut perhaps = async |scene: &mut Scene| {
        match (strikes(places), accident) {
            (true, Accident::Restart) => scene.world.restart().await,
            (true, Accident::Crash) => scene.world.crash().await,
            (false, _) => {}
        }
        places += 1;
    };
    scene.gate(sample.0, TimeoutAction::Abort).await;
    perhaps(&mut scene).await;
    let sent = scene.submit(sample).await;
    perhaps(&mut scene).await;
    scene.decide(&sent, Decision::Resume).await;
    while !scene.task(sent.task.id).await.status.is_terminal() {
        perhaps(&mut scene).await;
        scene.pass(1).await;
    }
    scene.has_ended(sent.task.id, TaskStatus::Success, sample.0.name()).await;
    perhaps(&mut scene).await;
    (scene.cloud().store().dump().await.unwrap(), places)
}

/// Plays every sample undisturbed, with an accident at each place in turn, and with one at every place.
async fn accidents_change_nothing(accident: Accident) {
    let stage = Scene::new().await;
    for sample in SAMPLES {
        let (calm, places) = played(&stage, sample, accident, |_| false).await;
        for place in 0..=places {
            let (dump, _) = played(&stage, sample, accident, |at| at == place || place == places).await;
            let differences = calm.differences(&dump);
            assert!(differences.is_empty(), "{}: {accident:?} at place {place}: {differences:#?}", sample.0.name());
        }
    }
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    accidents_change_nothing(Accident::Restart).await;
}

#[tokio::test]
async fn a_crash_changes_nothing() {
    accidents_change_nothing(Accident::Crash).await;
}

#[tokio::test]
async fn progress_grows_to_100() {
    let stage = Scene::new().await;
    for sample in SAMPLES {
        let scene = stage.fork(STEPPED).await;
        let id = scene.submit(sample).await.task.id;
        let mut seen = vec![scene.task(id).await];
        while !seen.last().unwrap().status.is_terminal() {
            scene.pass(1).await;
            seen.push(scene.task(id).await);
        }
        let progress: Vec<_> = seen.iter().map(|task| task.progress).collect();
        let name = sample.0.name();
        assert!(progress.is_sorted() && progress.first() == Some(&Some(0)) && progress.last() == Some(&Some(100)), "{name}: {progress:?}");
        assert_eq!(seen.last().unwrap().status, TaskStatus::Success, "{name}");
    }
}

/// Pace changes when things happen, never what happens.
#[tokio::test]
async fn the_pace_changes_nothing_but_the_times() {
    let stage = Scene::new().await;
    for sample in SAMPLES {
        let mut ends = Vec::new();
        for pace in PACES.into_iter().chain([Pace::Whole(5 * scene::SECOND)]) {
            let scene = stage.fork(pace).await;
            scene.gate(sample.0, TimeoutAction::Abort).await;
            let sent = scene.submit(sample).await;
            scene.decide(&sent, Decision::Resume).await;
            scene.pass(9).await;
            scene.has_ended(sent.task.id, TaskStatus::Success, &format!("{} at {pace:?}", sample.0.name())).await;
            // What a phase makes is made when that phase runs.
            let is_time = |line: &&str| ["created: ", "checked: ", "started: "].iter().any(|field| line.trim_start().starts_with(field));
            let timeless = |text: String| text.lines().filter(|line| !is_time(line)).collect::<String>();
            ends.push(scene.objects().await.into_iter().map(|(urn, text)| (urn, timeless(text))).collect());
        }
        for end in &ends[1..] {
            differ_in_nothing(&ends[0], end, sample.0.name());
        }
    }
}
