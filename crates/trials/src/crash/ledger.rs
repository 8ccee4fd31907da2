//! What one client knows of one vApp. Invariant: an item says what must be so, and besides it only what was asked for and never answered.

use crate::client::{Client, attribute};

/// How a vApp stands, and the task that brought it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Made: its task has succeeded.
    Made,
    /// Its task waits for a decision.
    Blocked,
    /// Its task was made to fail.
    Failed,
    /// There is none: aborted, cancelled or deleted.
    Gone,
}

impl State {
    /// The status of the vApp's document, and of the task that made it; no document is `None`.
    fn seen(self) -> (Option<&'static str>, &'static [&'static str]) {
        match self {
            Self::Made => (Some("8"), &["success"]),
            Self::Blocked => (Some("0"), &["preRunning"]),
            Self::Failed => (Some("-1"), &["error"]),
            Self::Gone => (None, &["aborted", "canceled", "error", "success"]),
        }
    }
}

/// A vApp that a client asked for.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Its name, which nothing else ever has.
    pub(super) name: String,
    /// Its path, once it is known.
    pub(super) vapp: Option<String>,
    /// The task that made it, and the one that deleted it.
    pub(super) tasks: Vec<String>,
    /// What was acknowledged; `None` when not even the first request was.
    pub(super) state: Option<State>,
    /// What was asked for and not answered.
    pub(super) asked: Option<State>,
}

impl Item {
    /// How it stands, if that is as it must be.
    pub(super) async fn look(&mut self, client: &mut Client) -> Result<Option<State>, String> {
        if self.vapp.is_none() {
            let found = client.records(&format!("vApp&filter=name=={}", self.name), "/api/vApp/vapp-").await?;
            if found.len() > 1 {
                return Err(format!("there are {} vApps {}", found.len(), self.name));
            }
            self.vapp = found.into_iter().next();
        }
        let Some(vapp) = self.vapp.clone() else { return if self.state.is_none() { Ok(None) } else { Err(format!("{self:?} is lost")) } };
        let answer = client.look(&vapp).await?;
        let status = match answer.status {
            200 => Some(attribute(answer.text(), "status").unwrap_or_default()),
            403 => None,
            other => return Err(format!("{vapp} answered {other}: {}", answer.text())),
        };
        let task = match self.tasks.first() {
            Some(task) => Some(client.task_status(task).await?),
            None => None,
        };
        let fits = |state: &State| {
            let (document, tasks) = state.seen();
            document == status.as_deref() && task.as_deref().is_none_or(|task| tasks.contains(&task))
        };
        let found = self.state.into_iter().chain(self.asked).find(fits);
        found.map(Some).ok_or_else(|| format!("{self:?} has status {status:?}, and its task is {task:?}"))
    }
}
