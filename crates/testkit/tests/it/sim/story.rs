//! The events of a task as the reference has them (6.7), written down anew. Invariant: nothing here is taken from the engine.

use super::shadow::Record;
use uuid::Uuid;
use vcdsim_model::event::{Event, PREFIX};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::HoldKind;

/// One event: its type, what it is about, and its flag.
pub(super) type Told = (String, Urn, bool);

/// Which kind of object events are about, by the word before the slash.
const WORDS: &[(&str, Kind)] = &[
    ("vapp", Kind::VApp),
    ("vm", Kind::Vm),
    ("vappTemplate", Kind::VAppTemplate),
    ("media", Kind::Media),
    ("catalogItem", Kind::CatalogItem),
    ("network", Kind::Network),
    ("disk", Kind::Disk),
    ("gateway", Kind::EdgeGateway),
];
/// What a clean-up says of the task's owner, and of what was made beside it. A template's machines go without a word.
const CLEANUP: &[(Kind, &str, &str)] = &[
    (Kind::VApp, "vapp/modify", ""),
    (Kind::Vm, "vm/modify", "vm/delete"),
    (Kind::VAppTemplate, "vappTemplate/modify", ""),
    (Kind::Media, "media/modify", ""),
    (Kind::CatalogItem, "catalogItem/modify", "catalogItem/delete"),
    (Kind::Network, "network/modify", ""),
    (Kind::Disk, "disk/modify", ""),
    (Kind::EdgeGateway, "gateway/modify", ""),
];

pub(super) fn told(event: &Event) -> Told {
    let short = event.what.r#type.strip_prefix(PREFIX).unwrap_or(&event.what.r#type);
    (short.to_owned(), event.what.entity.urn, event.what.success)
}

/// What is to have been told of a task so far. Where two courses lead to the same end, both stories are right.
pub(super) fn expected(record: &Record, task: &Task) -> Vec<Vec<Told>> {
    let cast = Cast { record, task };
    let (told, began) = (|words: &[&str]| cast.of_task(words), cast.beginning());
    let resumed = || told(&["blockingtask/resume", "task/start"]);
    let Some(_) = record.blocking else {
        let started = [began.clone(), told(&["task/start"]), cast.end()].concat();
        let waiting = [began, cast.end()].concat();
        // A hand may start what is queued, and end it before.
        return match task.status {
            TaskStatus::Queued => vec![waiting],
            TaskStatus::Error | TaskStatus::Canceled if record.queued => vec![waiting, started],
            _ => vec![started],
        };
    };
    let blocked = || [began.clone(), told(&["blockingtask/create"])].concat();
    match task.status {
        TaskStatus::PreRunning => vec![blocked()],
        TaskStatus::Queued | TaskStatus::Running | TaskStatus::Success => vec![[blocked(), resumed(), cast.end()].concat()],
        TaskStatus::Aborted => vec![[blocked(), told(&["blockingtask/abort"]), cast.end()].concat()],
        TaskStatus::Error | TaskStatus::Canceled => {
            let word = if task.status == TaskStatus::Error { "blockingtask/fail" } else { "blockingtask/abort" };
            let late = [blocked(), resumed(), cast.end()].concat();
            let early = [blocked(), told(&[word]), cast.end()].concat();
            if task.phase > 0 { vec![late] } else { vec![early, late] }
        }
    }
}

struct Cast<'a> {
    record: &'a Record,
    task: &'a Task,
}

impl Cast<'_> {
    /// Events about the task or its blocking task, all of them with a good flag.
    fn of_task(&self, words: &[&str]) -> Vec<Told> {
        let blocking = self.record.blocking.as_ref().map_or(Uuid::nil(), |blocking| blocking.id);
        let about = |word: &str| match word.starts_with("blockingtask/") {
            true => Urn::new(Kind::BlockingTask, blocking),
            false => self.task.urn(),
        };
        words.iter().map(|word| ((*word).to_owned(), about(word), true)).collect()
    }

    /// What the task works on: what it held from the beginning, and its owner.
    fn members(&self) -> Vec<(Urn, bool)> {
        let held = self.record.holds.iter().map(|hold| (hold.entity, matches!(hold.what, HoldKind::Created)));
        let mut members: Vec<_> = held.collect();
        if members.iter().all(|(urn, _)| *urn != self.task.owner) {
            members.push((self.task.owner, false));
        }
        members
    }

    /// Events of these types: one for each member of the kind that the word says.
    fn of_members(&self, types: &[&str], success: bool) -> Vec<Told> {
        let mut story = Vec::new();
        for name in types {
            let word = name.split('/').next();
            let kind = WORDS.iter().find(|(known, _)| Some(*known) == word).map(|(_, kind)| *kind);
            let is = |urn: &Urn| if urn.kind == Kind::TemplateVm { Kind::Vm } else { urn.kind };
            let about = self.members().into_iter().filter(|(urn, _)| Some(is(urn)) == kind);
            let about = about.filter(|(_, created)| *created || !name.ends_with("/create"));
            story.extend(about.map(|(urn, _)| ((*name).to_owned(), urn, success)));
        }
        story
    }

    fn does(&self) -> Operation {
        self.task.operation.operation().expect("days have no tasks of services")
    }

    fn beginning(&self) -> Vec<Told> {
        [self.of_members(self.does().info().request, true), self.of_task(&["task/create"])].concat()
    }

    fn end(&self) -> Vec<Told> {
        let outcome = self.does().info().outcome;
        match self.task.status {
            TaskStatus::Success => {
                [self.removed(), self.another_lease(), self.of_members(outcome, true), self.of_task(&["task/complete"])].concat()
            }
            TaskStatus::Error => {
                let failed = ("task/fail".to_owned(), self.task.urn(), false);
                [self.of_members(outcome, false), vec![failed]].concat()
            }
            TaskStatus::Aborted | TaskStatus::Canceled => [self.cleanup(), self.of_task(&["task/abort"])].concat(),
            TaskStatus::Queued | TaskStatus::PreRunning | TaskStatus::Running => Vec::new(),
        }
    }

    /// A vApp that is given other leases tells so before it is modified.
    fn another_lease(&self) -> Vec<Told> {
        let asked = ["deployment_lease_seconds", "storage_lease_seconds"].iter().any(|name| self.task.params[name].is_i64());
        let changed = asked && self.task.operation == Operation::VdcUpdateVapp;
        if changed { self.of_members(&["vapp/lease_expiration_changed"], true) } else { Vec::new() }
    }

    /// What leaves a vApp that is recomposed.
    fn removed(&self) -> Vec<Told> {
        let removed = self.task.params["removed"].as_array().into_iter().flatten();
        let urns = removed.filter_map(|urn| serde_json::from_value::<Urn>(urn.clone()).ok());
        urns.map(|urn| ("vm/delete".to_owned(), urn, true)).collect()
    }

    fn cleanup(&self) -> Vec<Told> {
        let made = || self.members().into_iter().filter(|(_, created)| *created).map(|(urn, _)| urn);
        let word = |urn: &Urn| CLEANUP.iter().find(|(kind, ..)| *kind == urn.kind);
        let owner = made().filter(|urn| *urn == self.task.owner).filter_map(|urn| Some((word(&urn)?.1, urn)));
        let others = made().filter(|urn| *urn != self.task.owner).filter_map(|urn| Some((word(&urn)?.2, urn)));
        owner.chain(others).map(|(word, urn)| (word.to_owned(), urn, true)).collect()
    }
}
