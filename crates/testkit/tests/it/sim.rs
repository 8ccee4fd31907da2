//! Random days under seeds, judged after every step. Invariant: a day that went wrong tells its seed, its last steps, and how to play it again.

mod asking;
mod blackout;
mod burst;
mod counts;
mod furnish;
mod hands;
mod holdings;
mod invariants;
mod limits;
mod machines;
mod noting;
mod people;
mod play;
mod reading;
mod recomposing;
mod requests;
mod shadow;
mod snapshot;
mod steps;
mod stores;
mod story;
mod wires;
mod wiring;

use counts::Counts;
use play::{Diary, Play, Weather};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds whose days once went wrong, with what was wrong.
const KEPT: &[(u64, &str)] = &[
    (2, "two machines on one network had the address that both had asked for; and a card that was named twice had none"),
    (15, "a vApp showed links that a task on one of its machines made refuse"),
    (36, "a vApp that could not be made counted as made when its last machine was deleted"),
    (1_004, "a hold that was brought back lost its place in memory to one that went, since both had one number in their times"),
];
/// Some others.
const OTHERS: std::ops::RangeInclusive<u64> = 101..=152;
/// How long a day is, in steps.
const STEPS: usize = 80;

#[test]
fn days_that_went_wrong_go_right() {
    let seeds: Vec<u64> = KEPT.iter().map(|(seed, _)| *seed).collect();
    run(&seeds, STEPS, |_| {});
}

#[test]
fn other_days_go_right() {
    let seeds: Vec<u64> = OTHERS.collect();
    let counts = run(&seeds, STEPS, |_| {});
    assert!(counts.refused * 10 < counts.commands * 7, "most is refused: {counts:?}");
    assert!(counts.restarts > 0 && counts.crashes > 0 && counts.blackouts > 0, "nothing befell the server: {counts:?}");
    for what in ["taken", "refused"] {
        assert!(counts.hands.get(what) >= Some(&20), "few hands were {what}: {counts:?}");
    }
    assert!(counts.brought_back >= 5, "few states were brought back: {counts:?}");
    assert!(counts.lapses >= 10, "few leases ended: {counts:?}");
    for status in ["success", "error", "aborted", "canceled"] {
        assert!(counts.ended.get(status) >= Some(&10), "few tasks ended as {status}: {counts:?}");
    }
    for what in ACCEPTED {
        assert!(counts.accepted.get(what) >= Some(&5), "few {what} were accepted: {counts:?}");
    }
}

/// What the other days ask for, and are given, five times at least.
const ACCEPTED: &[&str] = &[
    "sizes of machines",
    "disks of machines",
    "cards of machines",
    "machines as a whole",
    "capabilities of machines",
    "machines added to vApps",
    "machines taken out of vApps",
    "moved machines",
    "vApps recomposed",
    "new disks",
    "changed disks",
    "attached disks",
    "detached disks",
    "deleted disks",
    "copied media",
    "inserted media",
    "ejected media",
    "deleted media",
    "isolated networks",
    "direct networks",
    "routed networks",
    "changed networks",
    "deleted networks",
    "edge gateways",
    "networks of vApps",
    "removed networks of vApps",
    "metadata written",
    "metadata removed",
];

/// What `cargo xtask sim` runs.
#[test]
#[ignore = "cargo xtask sim says which seeds"]
fn days_of_the_environment() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap_or_else(|error| panic!("{name}: {error}")));
    let first = number("VCDSIM_SIM_FIRST").unwrap_or(*OTHERS.start());
    let seeds: Vec<u64> = (0..number("VCDSIM_SIM_SEEDS").unwrap_or(1)).map(|at| first.wrapping_add(at)).collect();
    let steps = number("VCDSIM_SIM_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    let counts = run(&seeds, steps, |done| {
        if done % 20 == 0 {
            println!("{done} of {} seeds", seeds.len());
        }
    });
    let Counts { seeds, steps, commands, refused, restarts, crashes, blackouts, lapses, brought_back, hands, ended, accepted } = counts;
    println!(
        "{seeds} seeds, {steps} steps, {commands} commands ({refused} refused), {restarts} restarts, {crashes} crashes, {blackouts} blackouts"
    );
    println!("tasks ended: {ended:?}; {lapses} leases of running vApps did");
    println!("hands: {hands:?}; {brought_back} states were brought back");
    println!("accepted: {accepted:?}");
}

/// Plays seeds, on as many threads as there are processors. The first day that goes wrong ends all.
fn run(seeds: &[u64], steps: usize, progress: impl Fn(u64) + Sync) -> Counts {
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let (total, wrong) = (Mutex::new(Counts::default()), Mutex::new(None::<String>));
    let work = || {
        while let Some(seed) = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|at| seeds.get(at)) {
            if wrong.lock().unwrap().is_some() {
                return;
            }
            match play(*seed, steps) {
                Ok(counts) => total.lock().unwrap().add(&counts),
                Err(report) => {
                    wrong.lock().unwrap().get_or_insert(report);
                    return;
                }
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(seeds.len());
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
    total.into_inner().unwrap()
}

/// Plays one seed. Every fourth loses its power now and then; of the others every second is played in calm weather too, and must end the same.
fn play(seed: u64, steps: usize) -> Result<Counts, String> {
    if seed.is_multiple_of(4) {
        return in_weather(seed, steps, Weather::Blackout).map(|(_, _, counts)| counts);
    }
    let (dump, answers, mut counts) = in_weather(seed, steps, Weather::Storm)?;
    if seed % 2 == 1 {
        let (calm, told, also) = in_weather(seed, steps, Weather::Calm)?;
        counts.add(&Counts { seeds: 0, ..also });
        let differs = answers.iter().zip(&told).find(|(storm, calm)| storm != calm).map(|(storm, calm)| format!("{storm}\n{calm}"));
        let mut differences = calm.differences(&dump);
        differences.extend(differs);
        if !differences.is_empty() {
            return Err(format!(
                "the day {} ends differently in calm weather and in storm:\n{}",
                again(seed, steps),
                differences.join("\n")
            ));
        }
    }
    Ok(counts)
}

type Day = (vcdsim_store::Dump, Vec<String>, Counts);

fn in_weather(seed: u64, steps: usize, weather: Weather) -> Result<Day, String> {
    let diary = Diary::default();
    let noted = diary.clone();
    let day = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Box::pin(Box::pin(Play::begin(seed, weather, diary)).await.day(steps)).await })
    }));
    day.map_err(|panic| {
        let reason = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        let reason = reason.unwrap_or("see above");
        format!("{reason}\n\nThe last that happened:\n{}\n\nTo play it again: {}", noted.last(40).join("\n"), again(seed, steps))
    })
}

fn again(seed: u64, steps: usize) -> String {
    format!("cargo xtask sim --seed {seed} --seeds 1 --steps {steps}")
}
