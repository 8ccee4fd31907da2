//! One random day in one world. Invariant: whatever is random comes out of the seed and not out of the weather, so that a day can be played
//! again, and in any weather ends the same.

use super::counts::Counts;
use super::furnish;
use super::hands;
use super::invariants;
use super::limits;
use super::people::{ADMINISTRATOR, PEOPLE, Person};
use super::requests;
use super::shadow::Book;
use super::snapshot::Snapshot;
use super::steps::Step;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::IdGen;
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::Dump;
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{Answer, World};

/// What may befall the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// It is never stopped, and commands come one by one.
    Calm,
    /// It is restarted, it crashes, and commands come in bursts.
    Storm,
    /// The power fails, too, and what was committed last is lost.
    Blackout,
}

/// What was done, for whoever must find out why a day went wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(super) fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    /// The last lines.
    pub(super) fn last(&self, lines: usize) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all[all.len().saturating_sub(lines)..].to_vec()
    }
}

/// Who asks, and at which version of the API.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) who: usize,
    version: &'static str,
}

/// How a step went, as far as it was one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    Refused,
    /// It was something else, or more than one.
    Various,
}

pub(super) struct Play {
    pub(super) world: World,
    pub(super) weather: Weather,
    /// Whether the VDCs have limits, which more kinds of requests then go up against.
    pub(super) narrow: bool,
    /// Whether the organization's leases end, and vApps are given others.
    pub(super) leases: bool,
    /// Whether somebody has a hand in it.
    pub(super) hands: bool,
    /// What was known of the state that was saved last.
    pub(super) kept: Option<Book>,
    pub(super) people: Vec<Person>,
    /// The world when it was last looked at.
    pub(super) seen: Snapshot,
    /// All blocking tasks that there ever were.
    pub(super) blocked: BTreeSet<Uuid>,
    /// Faults that wait for their phases; the engine forgets them with each restart.
    pub(super) armed: Vec<(Uuid, u16)>,
    /// What was answered to whatever was asked.
    pub(super) answers: Vec<String>,
    pub(super) counts: Counts,
    pub(super) diary: Diary,
    pub(super) book: Book,
    /// At which commit of this server the world was last looked at.
    revision: Option<u64>,
    rng: ChaCha8Rng,
}

const PACES: &[Pace] = &[Pace::Immediate, Pace::Immediate, Pace::Fixed(7), Pace::Fixed(1_000), Pace::Fixed(60_000), Pace::Held];

impl Play {
    pub(super) async fn begin(seed: u64, weather: Weather, diary: Diary) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pace = PACES[rng.random_range(0..PACES.len())];
        diary.note(format!("{weather:?}, phases are {pace:?}"));
        let (world, narrow) = (furnish::world(seed, pace).await, limits::are_set(seed));
        let mut people = Vec::new();
        for name in PEOPLE {
            people.push(Person::of(&world, name).await);
        }
        let seen = Snapshot::of(&world).await;
        let (book, counts) = (Book::default(), Counts { seeds: 1, ..Counts::default() });
        let (blocked, armed, answers) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut play = Self {
            world,
            weather,
            narrow,
            leases: seed % 3 == 1,
            hands: hands::are_there(seed),
            kept: None,
            people,
            seen,
            blocked,
            armed,
            answers,
            counts,
            diary,
            book,
            revision: None,
            rng,
        };
        if play.leases {
            play.let_leases_end(seed.is_multiple_of(2)).await;
        }
        play
    }

    async fn let_leases_end(&mut self, deletes: bool) {
        let org = format!("/api/admin/org/{}/settings", seeded_id(Kind::Org, "example"));
        for (part, media, body) in requests::org_leases(deletes) {
            let client = Client { who: ADMINISTRATOR, version: "36.0" };
            let answer = self.ask(client, "PUT", &format!("{org}/{part}"), Some((media, &body))).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }

    /// Plays so many steps; answers what is left in the end, and all answers on the way.
    pub(super) async fn day(mut self, steps: usize) -> (Dump, Vec<String>, Counts) {
        self.look(None).await;
        for number in 1..=steps {
            let step = Step::draw(&mut self);
            self.diary.note(format!("{number}: {step:?} at {}", self.world.now()));
            // Only of a world in which nothing was due is it known what a request alone has changed.
            let settled = self.chance(50);
            if settled {
                self.world.settle().await;
                self.look(None).await;
            }
            let before = settled.then(|| self.seen.clone());
            let outcome = Box::pin(step.play(&mut self)).await;
            self.look(before.filter(|_| outcome != Outcome::Various).map(|before| (before, outcome))).await;
            if number % 25 == 0 {
                self.is_coherent().await;
            }
            self.counts.steps += 1;
        }
        self.evening().await
    }

    async fn evening(mut self) -> (Dump, Vec<String>, Counts) {
        self.diary.note("evening".to_owned());
        // A last commit, so that the position in the stream of ids is stored whatever was refused before.
        self.sign_in(0).await;
        self.look(None).await;
        self.is_coherent().await;
        let dump = self.dump().await;
        self.is_complete(&dump);
        if self.weather != Weather::Calm {
            self.restart().await;
            self.is_coherent().await;
        }
        (self.counts.ended, self.counts.lapses) = (self.book.ended, self.book.lapses);
        (dump, self.answers, self.counts)
    }

    /// Looks at the world and says what is wrong with it, given what led from `before` to it.
    pub(super) async fn look(&mut self, before: Option<(Snapshot, Outcome)>) {
        let store = self.world.instance().app.cloud().store();
        let revision = *store.revisions().borrow();
        if self.revision.replace(revision) == Some(revision) {
            // Nothing was committed since.
            self.seen.now = self.world.now();
            return;
        }
        let seen = Snapshot::of(&self.world).await;
        let events = store.read().events_after(self.book.last_event(), u64::MAX).await.unwrap();
        let mut wrong = invariants::violations(&seen);
        wrong.extend(invariants::impossible_changes(&self.seen, &seen));
        wrong.extend(self.book.follow(before.as_ref().map(|(before, _)| before), &seen, &events));
        if let Some((before, Outcome::Refused)) = &before {
            wrong.extend(before.traces(&seen));
        }
        assert!(wrong.is_empty(), "what should hold does not:\n{}", wrong.join("\n"));
        self.blocked.extend(seen.blocking.keys());
        self.seen = seen;
    }

    /// Goes on in a state that was brought back, of which this is known.
    pub(super) async fn come_back(&mut self, book: Book) {
        self.book = book;
        self.revision = None;
        self.seen = Snapshot::of(&self.world).await;
        self.counts.brought_back += 1;
    }

    async fn dump(&self) -> Dump {
        self.world.instance().app.cloud().store().dump().await.unwrap()
    }

    /// Cache, mirrors and lists show what SQL has.
    async fn is_coherent(&self) {
        let wrong = self.world.instance().app.cloud().store().incoherences().await.unwrap();
        assert!(wrong.is_empty(), "readers see what is not so:\n{}", wrong.join("\n"));
    }

    /// No row belongs to something that is not there.
    fn is_complete(&self, dump: &Dump) {
        let rows = ["hold", "session", "entity", "task", "blocking_task", "timer"].map(|table| dump.rows(table).count());
        let seen = &self.seen;
        let holds = seen.holds.values().map(Vec::len).sum();
        let known = [holds, seen.sessions.len(), seen.objects.len(), seen.tasks.len(), seen.blocking.len(), seen.timers.len()];
        assert_eq!(rows, known, "rows of holds, sessions, objects, tasks, blocking tasks and timers that belong to nothing");
    }

    pub(super) async fn restart(&mut self) {
        self.counts.restarts += u64::from(self.weather != Weather::Calm);
        self.reopen(async |world: &mut World| world.restart().await).await;
    }

    pub(super) async fn crash(&mut self) {
        self.counts.crashes += u64::from(self.weather != Weather::Calm);
        self.reopen(async |world: &mut World| world.crash().await).await;
    }

    /// Whatever is stored outlives the server, and nothing else is worth knowing.
    async fn reopen(&mut self, how: impl AsyncFnOnce(&mut World)) {
        if self.weather == Weather::Calm {
            return;
        }
        let (before, position) = (self.dump().await, self.world.ids().position());
        how(&mut self.world).await;
        let differences = before.differences(&self.dump().await);
        assert!(differences.is_empty(), "what was stored has changed:\n{}", differences.join("\n"));
        let counters = before.rows("meta").next().and_then(|row| row.split_once(" ids: "));
        let stored: u64 = counters.and_then(|(_, ids)| ids.trim_end_matches(" }").parse().ok()).expect("the position of ids is stored");
        assert_eq!(self.world.ids().position(), Some(stored), "ids do not go on where they were stored");
        self.go_on(position);
    }

    /// The power fails: what was written last never reached the disk.
    pub(super) async fn blackout(&mut self) {
        let (frames, rest) = (self.below(80) as u64, self.below(4_000) as u64);
        if self.weather != Weather::Blackout {
            return;
        }
        let position = self.world.ids().position();
        let mut lost = false;
        self.world.crash_after(|dir| lost = super::blackout::cut(&dir.join("vcdsim.db-wal"), frames, rest)).await;
        self.counts.blackouts += u64::from(lost);
        self.diary.note(format!("lost the last {frames} pages: {lost}"));
        // Nobody knows what has gone, so everything begins anew.
        self.book = Book::default();
        self.seen = Snapshot::of(&self.world).await;
        self.go_on(position);
    }

    /// After a restart: clients find the new server. Ids go on where they were, although those of refused commands may be drawn again: so
    /// days with and without restarts can be compared.
    fn go_on(&mut self, position: Option<u64>) {
        let (stored, position) = (self.world.ids().position().unwrap(), position.unwrap());
        assert!(stored <= position, "the ids at {stored} have run ahead of {position}");
        self.world.ids().seek(position);
        self.revision = None;
        for person in &mut self.people {
            person.actor = self.world.reconnect(&person.actor);
        }
        for (task, phase) in self.armed.clone() {
            self.arm(task, phase);
        }
    }

    pub(super) fn arm(&self, task: Uuid, phase: u16) {
        self.world.instance().app.cloud().engine().fail_phase(task, phase, Fault::bad_request("The phase was made to fail."));
    }

    /// Signs somebody in anew.
    pub(super) async fn sign_in(&mut self, who: usize) {
        self.people[who] = Person::of(&self.world, self.people[who].name).await;
    }

    /// Somebody at a random version. What follows links keeps to it: documents of another version may name places that this one has not.
    pub(super) fn client(&mut self, who: usize) -> Client {
        const VERSIONS: &[&str] = &["1.5", "5.1", "5.5", "33.0", "36.0", "39.1"];
        Client { who, version: self.pick(VERSIONS) }
    }

    /// The same, and seldom at one that lacks what came with 5.1.
    pub(super) fn newer_client(&mut self, who: usize) -> Client {
        let (client, newer) = (self.client(who), self.pick(&["5.1", "5.5", "33.0", "36.0"]));
        let old = client.version == "1.5" && self.chance(80);
        Client { version: if old { newer } else { client.version }, ..client }
    }

    /// Sends a request; signs in first if the session has ended.
    pub(super) async fn ask(&mut self, client: Client, method: &str, url: &str, body: Option<(&str, &str)>) -> Answer {
        let Client { who, version } = client;
        let (media, text) = body.unwrap_or_default();
        let headers = [("content-type", media)];
        let headers = if media.is_empty() { &[][..] } else { &headers };
        let mut answer = self.people[who].actor.at(version).send(method, url, headers, text).await;
        if answer.status == 401 {
            self.sign_in(who).await;
            answer = self.people[who].actor.at(version).send(method, url, headers, text).await;
        }
        let line = format!("   {} {method} {url} at {version}: {}", self.people[who].name, answer.status);
        self.heard(line, &answer);
        answer
    }

    /// Whatever was asked, the answer is a document and no defect of ours.
    pub(super) fn heard(&mut self, line: String, answer: &Answer) {
        let message = if answer.status >= 400 && answer.media().contains("xml") { answer.attribute("message") } else { None };
        self.diary.note(format!("{line} {}", message.unwrap_or_default()));
        assert!(answer.status < 500, "{line}: {}", answer.text());
        match answer.media() {
            "" => assert!(answer.text().is_empty(), "{line}: a body without a type: {}", answer.text()),
            media if media.contains("json") => drop(answer.json()),
            _ => drop(answer.xml()),
        }
        self.counts.commands += 1;
        self.counts.refused += u64::from(answer.status >= 400);
        self.answers.push(line);
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    pub(super) fn pick_some<T: Clone>(&mut self, among: impl Iterator<Item = T>) -> Option<T> {
        let all: Vec<T> = among.collect();
        (!all.is_empty()).then(|| self.pick(&all))
    }
}
