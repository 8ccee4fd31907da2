//! Why a request of somebody would be refused now. Invariant: it asks the rules that admit requests, in their order, and has none of its own.

use crate::access::{access, sees_task};
use crate::blocking_task;
use crate::cloud::Cloud;
use crate::graph::{Depth, Graph};
use crate::session::caller_of;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::{Action, Need};
use vcdsim_model::caller::Caller;
use vcdsim_model::clock::format_time;
use vcdsim_model::entity::{Entity, Head};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::user::User;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::{PredefinedRole, Right};
use vcdsim_store::{Reader, TimerKind};

/// A request, as far as its route tells.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// The action behind the route, where it has a descriptor.
    pub action: Option<&'static Action>,
    /// What the path names.
    pub object: Option<Uuid>,
    /// Whether the route needs no session.
    pub open: bool,
    /// What all routes of its part need, where it has no descriptor.
    pub need: Option<Need>,
}

/// What one rule says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which rule.
    pub rule: &'static str,
    /// Whether it lets the request pass.
    pub met: bool,
    /// Why, in a sentence.
    pub why: String,
}

type Verdict = Result<String, String>;

impl Cloud {
    /// Asks one rule after the other about a request of a user, up to the first that refuses it.
    ///
    /// # Errors
    /// Only a defect of the store, or a user that there is not.
    pub async fn judge(&self, user: Uuid, request: &Judged) -> Result<Vec<Check>, Fault> {
        if request.open {
            return Ok(vec![Check { rule: "right", met: true, why: "Everybody may, without a session.".to_owned() }]);
        }
        let reader = self.read();
        let caller = caller_of(&reader, user).await?;
        let mut checks = Vec::new();
        if !add(&mut checks, "account", account(&reader, &caller).await?) || !add(&mut checks, "right", right(&caller, request)) {
            return Ok(checks);
        }
        if let Some(id) = request.object {
            self.catch_up_about(id).await?;
            about(&self.read(), &caller, request.action, id, &mut checks).await?;
        }
        Ok(checks)
    }
}

fn add(checks: &mut Vec<Check>, rule: &'static str, verdict: Verdict) -> bool {
    let met = verdict.is_ok();
    checks.push(Check { rule, met, why: verdict.unwrap_or_else(|why| why) });
    met
}

async fn account(reader: &Reader<'_>, caller: &Caller) -> Result<Verdict, Fault> {
    let user = reader.get::<User>(caller.user).await?;
    let org = reader.get::<Org>(caller.org).await?;
    let name = format!("{}@{}", caller.user_name, caller.org_name);
    Ok(match (user.body().enabled, org.body().enabled) {
        (true, true) => Ok(format!("{name} may sign in.")),
        (false, _) => Err(format!("The account {name} is disabled.")),
        (true, false) => Err(format!("The organization {} is disabled.", caller.org_name)),
    })
}

fn right(caller: &Caller, request: &Judged) -> Verdict {
    let role = &caller.role_name;
    match request.action.map(|action| action.need).or(request.need) {
        None => Ok("Its route asks for no right of its own; what it is about and what it says may still be refused.".to_owned()),
        Some(Need::Session) => Ok("It asks for a session only.".to_owned()),
        Some(Need::System) if caller.is_system_admin() => Ok("The provider may.".to_owned()),
        Some(Need::System) => Err(format!(
            "It is the provider's: only an account of System may that has the right \"{}\".",
            Right::SYSTEM_ADMINISTRATION.name()
        )),
        Some(Need::Right(right)) if caller.has(right) => Ok(format!("The role {role} has the right \"{}\".", right.name())),
        Some(Need::Right(right)) => Err(lacks(role, right)),
    }
}

fn lacks(role: &str, right: Right) -> String {
    let holders: Vec<_> = PredefinedRole::ALL.iter().filter(|role| role.rights().contains(&right)).map(|role| role.name).collect();
    let who = if holders.is_empty() { "no predefined role has it".to_owned() } else { format!("these have it: {}", holders.join(", ")) };
    format!("It needs the right \"{}\", which the role {role} does not have; {who}.", right.name())
}

/// The rules that depend on what the path names.
async fn about(
    reader: &Reader<'_>,
    caller: &Caller,
    action: Option<&'static Action>,
    id: Uuid,
    checks: &mut Vec<Check>,
) -> Result<(), Fault> {
    if let Some(task) = reader.task(id).await? {
        let seen = if sees_task(caller, &task) {
            Ok("Tasks of an organization are seen there.")
        } else {
            Err("The task is another organization's.")
        };
        add(checks, "access", seen.map(str::to_owned).map_err(str::to_owned));
        return Ok(());
    }
    if let Some(blocking) = reader.blocking_task(id).await? {
        let may = blocking_task::admit(caller).map_err(|_denied| lacks(&caller.role_name, Right::BLOCKING_TASKS));
        let active = if blocking.is_active(reader.now()) { Ok("It waits for its decision.") } else { Err("Its time is over.") };
        let _ = add(checks, "right", may.map(|()| "It may decide about tasks.".to_owned()))
            && add(checks, "state", active.map(str::to_owned).map_err(str::to_owned));
        return Ok(());
    }
    let Some(entity) = reader.object(id).await? else {
        add(checks, "access", Err(format!("There is nothing with the id {id}; the answer is that of something which may not be seen.")));
        return Ok(());
    };
    let seen = access_to(reader, caller, action, &entity).await?;
    let Some(action) = action.filter(|_| seen.is_ok()) else {
        add(checks, "access", seen);
        return Ok(());
    };
    add(checks, "access", seen);
    let _ = add(checks, "busy", busy(reader, action, &entity).await?)
        && add(checks, "state", (action.guard)(&entity).map(|()| "Its state lets that happen.".to_owned()).map_err(|fault| fault.message))
        && add(checks, "surroundings", surroundings(reader, caller, action, &entity).await?);
    Ok(())
}

async fn access_to(reader: &Reader<'_>, caller: &Caller, action: Option<&'static Action>, entity: &Entity) -> Result<Verdict, Fault> {
    let what = format!("the {} {} ({})", entity.head.kind.info().label, entity.head.name, entity.head.id);
    let level = access(reader, caller, entity).await?;
    let right_kind = action.is_none_or(|action| action.kind == entity.head.kind);
    let wanted = action.map(|action| action.access);
    Ok(match level {
        None => Err(format!("{} may not see {what}: it is another organization's, or not shared with this user.", caller.user_name)),
        Some(_) if !right_kind => Err(format!("The id is that of {what}, which is not what the path says.")),
        Some(level) if wanted.is_some_and(|wanted| level < wanted) => {
            let wanted = wanted.map_or("", |wanted| wanted.name());
            Err(format!("It needs {wanted} of {what}; {} has {}.", caller.user_name, level.name()))
        }
        Some(level) => Ok(format!("{} has {} of {what}.", caller.user_name, level.name())),
    })
}

async fn busy(reader: &Reader<'_>, action: &Action, entity: &Entity) -> Result<Verdict, Fault> {
    match entity.head.busy {
        Some(holder) if action.changes => Ok(Err(held(reader, holder, &entity.head).await?)),
        Some(_) => Ok(Ok("It is busy, which does not matter here.".to_owned())),
        None => Ok(Ok("Nothing keeps it busy.".to_owned())),
    }
}

/// By what an object is kept busy: by a task, or by its own id without one.
async fn held(reader: &Reader<'_>, task: Uuid, held: &Head) -> Result<String, Fault> {
    let (id, name) = (held.id, &held.name);
    if task == id {
        let until = reader.timer(TimerKind::Busy, id).map_or_else(String::new, |timer| format!(" until {}", format_time(timer.due)));
        return Ok(format!("{name} was made busy{until}, without a task; DELETE busy/{id} lets go of it."));
    }
    let found = reader.task(task).await?;
    let what = found.map_or_else(String::new, |task| format!(" ({}, {})", task.operation.name(), task.status.name()));
    Ok(format!("The task {task}{what} keeps {name} busy; GET tasks/{task}/explain says what that waits for."))
}

async fn surroundings(reader: &Reader<'_>, caller: &Caller, action: &Action, entity: &Arc<Entity>) -> Result<Verdict, Fault> {
    let graph = Graph::load(reader, caller, Arc::clone(entity), Depth::Whole).await?;
    if graph.admits(action, caller) {
        return Ok(Ok("What it lies in and what lies in it let that happen.".to_owned()));
    }
    let machine = graph.children_of(Kind::Vm).find_map(|machine| Some((machine.entity.head.busy?, &machine.entity.head)));
    Ok(Err(match machine {
        Some((task, machine)) => held(reader, task, machine).await?,
        None => "Something that it lies in, or that belongs to it, does not let that happen now.".to_owned(),
    }))
}
