//! Power of machines, alone or as a vApp. Invariant: while a task holds a machine no other task holds its vApp, since a change of the machine
//! changes the vApp's status.

use super::parent;
use crate::access::admit_in;
use crate::lease::{at_disposal, check_leases};
use crate::quota;
use crate::vapp::{lock_whole, made, refresh};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Body, Entity, Head, Res, Status};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp::startup::{self, Course, StartAction};
use vcdsim_model::family::vm::{Preparation, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::{PowerChange, forced};
use vcdsim_store::{Hold, HoldKind, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A change of power of a machine, or of all machines of a vApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Power {
    /// The machine or the vApp.
    pub target: Urn,
    /// What is to happen.
    pub change: PowerChange,
    /// How long a deployed vApp may run from now on, in seconds: 0 as its organization says, `None` as before.
    #[serde(default)]
    pub deployment_lease_seconds: Option<i32>,
    /// Whether guests are prepared even if they were before; only those that are not on and whose preparation is enabled.
    #[serde(default)]
    pub force_customization: bool,
    /// Whether it is undeployed by force, which needs another right.
    #[serde(default)]
    pub force: bool,
    /// Whether a vApp's machines are undeployed in their order.
    #[serde(default)]
    pub in_order: bool,
}

impl Power {
    /// A change of power that leaves leases alone.
    #[must_use]
    pub const fn new(target: Urn, change: PowerChange) -> Self {
        Self { target, change, deployment_lease_seconds: None, force_customization: false, force: false, in_order: false }
    }

    fn action(&self) -> Action {
        let action = self.change.action(self.target.kind);
        if self.force { forced(action) } else { *action }
    }

    fn apply(&self, head: &mut Head, body: &mut Vm, now: Time) {
        let was = head.status;
        body.needs_customization |= self.force_customization && body.guest.enabled && head.status != Status::PoweredOn;
        (head.status, body.deployed) = self.change.apply(head.status, body.deployed);
        body.boot.enter_setup &= !self.change.boots(was);
        let starts = was == Status::PoweredOff && head.status == Status::PoweredOn;
        if starts && std::mem::take(&mut body.needs_customization) {
            body.upkeep.preparation = Some(Preparation { started: now });
        }
    }

    /// Which way the machines of a vApp go one after another, if they do.
    fn course(&self) -> Option<Course> {
        match (self.target.kind, self.change) {
            (Kind::Vm, _) => None,
            (_, PowerChange::PowerOn | PowerChange::Deploy { power_on: true }) => Some(Course::Start),
            (_, PowerChange::PowerOff | PowerChange::Shutdown) => Some(Course::Stop),
            (_, PowerChange::Undeploy { suspend: false }) if self.in_order => Some(Course::Stop),
            _ => None,
        }
    }

    /// The same for one machine of a vApp: what does not start with it gets ready only.
    fn of(&self, machine: &Vm) -> Self {
        let ready = self.course() == Some(Course::Start) && machine.startup.start == StartAction::None;
        Self { change: if ready { PowerChange::Deploy { power_on: false } } else { self.change }, ..*self }
    }

    /// Changes these machines, and lets their vApp stand as they do.
    async fn change(&self, tx: &mut Tx<'_>, machines: impl Iterator<Item = &Res<Vm>>, vapp: Uuid) -> Result<(), Fault> {
        let now = tx.now();
        for machine in machines {
            let power = self.of(machine.body());
            tx.update_body::<Vm>(machine.head().id, |head, body| power.apply(head, body, now)).await?;
        }
        refresh(tx, vapp).await?;
        if matches!(self.change, PowerChange::PowerOn | PowerChange::Deploy { power_on: true }) {
            let vdc = tx.read().get::<VApp>(vapp).await?.head().parent.ok_or_else(Fault::internal)?;
            quota::power_fits(&tx.read(), vdc).await?;
        }
        Ok(())
    }

    /// Sets the lease of a vApp that is deployed.
    async fn lease(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Some(asked) = self.deployment_lease_seconds.filter(|_| self.target.kind == Kind::VApp) else { return Ok(()) };
        let org = tx.read().get::<VApp>(self.target.id).await?.head().org;
        let ours = match org {
            Some(org) if asked == 0 => tx.read().get::<Org>(org).await?.body().deployment_lease_seconds,
            _ => asked,
        };
        let now = tx.now();
        let lease = |vapp: &mut Entity| {
            if let Body::VApp(body) = &mut vapp.body {
                body.deployment_lease_seconds = ours;
            }
            vapp.begin_lease(now);
        };
        tx.update(self.target, lease).await.map(drop)
    }
}

impl Operation for Power {
    const NAMES: &'static [Name] = &[
        Name::VappDeploy,
        Name::VappUndeploySuspend,
        Name::VappUndeployPowerOff,
        Name::VappReset,
        Name::VappRebootGuest,
        Name::VappPowerOff,
        Name::VappShutdownGuest,
        Name::VappSuspend,
        Name::VappDiscardSuspendedState,
    ];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> Name {
        self.change.operation()
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (id, action) = (self.target.id, &self.action());
        check_leases(self.deployment_lease_seconds.into_iter())?;
        if self.target.kind == Kind::Vm {
            let machine = admit_in::<Vm>(cx, action, id).await?;
            at_disposal(&parent(cx.tx, &machine).await?)?;
            cx.lock(self.target).await?;
            return Ok(Subject::of(machine.head()));
        }
        let vapp = admit_in::<VApp>(cx, action, id).await?;
        lock_whole(cx, id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let reader = cx.tx.read();
        if self.target.kind == Kind::Vm {
            let machine = reader.get::<Vm>(self.target.id).await?;
            let vapp = parent(cx.tx, &machine).await?.head().id;
            return self.change(cx.tx, std::iter::once(&machine), vapp).await;
        }
        let machines = made(reader.children::<Vm>(self.target.id).await?);
        if let Some(course) = self.course() {
            if let Some((now, wait)) = next(&machines, course) {
                self.change(cx.tx, now.iter().copied(), self.target.id).await?;
                cx.done_with(now.iter().map(|machine| machine.urn()));
                let goes = |machine: &Res<Vm>| now.iter().any(|one| one.head().id == machine.head().id);
                let left = machines.iter().filter(|machine| is_left(machine.head().status, course) && !goes(machine)).count();
                cx.go_on(wait, percent(machines.len() - left, machines.len()));
                return Ok(());
            }
            let last = last(&cx.tx.read().holds(cx.task.id).await?, &machines, course);
            cx.done_with(last);
        }
        self.change(cx.tx, machines.iter(), self.target.id).await?;
        self.lease(cx.tx).await
    }
}

/// Whether a machine with this status has yet to go that way.
fn is_left(status: Status, course: Course) -> bool {
    (status == Status::PoweredOn) == (course == Course::Stop)
}

/// Those that have not gone that way before, in the order in which they go. Who stood there when the task began is among them.
fn last(holds: &[Hold], machines: &[Res<Vm>], course: Course) -> Vec<Urn> {
    let went = |machine: &Res<Vm>| {
        let held = holds.iter().find(|hold| hold.entity == machine.urn()).map(|hold| hold.what);
        let began = matches!(held, Some(HoldKind::Locked { was }) if is_left(was, course));
        began && !is_left(machine.head().status, course)
    };
    let mut left: Vec<_> = machines.iter().filter(|machine| !went(machine)).collect();
    left.sort_by_key(|machine| machine.body().startup.place(course));
    left.into_iter().map(Res::urn).collect()
}

/// The machines that go now, when others have to wait for them, and how many milliseconds these wait.
fn next(machines: &[Res<Vm>], course: Course) -> Option<(Vec<&Res<Vm>>, i64)> {
    let left: Vec<_> = machines.iter().filter(|machine| is_left(machine.head().status, course)).collect();
    let startups: Vec<_> = left.iter().map(|machine| machine.body().startup).collect();
    let turn = startup::turn(&startups, course)?;
    Some((turn.now.iter().map(|at| left[*at]).collect(), i64::from(turn.wait) * 1_000))
}

fn percent(part: usize, whole: usize) -> u8 {
    u8::try_from(part * 100 / whole.max(1)).unwrap_or(100)
}
