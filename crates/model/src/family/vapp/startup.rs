//! In which order the machines of a vApp start and stop, and how long one group waits for the next (DSP0243 9.7). Invariant: who comes when
//! follows from the machines that are left alone, so that whoever goes on later needs to know nothing of what was before.

use super::UPDATE;
use crate::action::Action;
use crate::fault::{Fault, excerpt};
use crate::media;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `PUT /api/vApp/vapp-{id}/startupSection`: that order.
pub const UPDATE_STARTUP: Action = UPDATE.at("/startupSection").takes(media::STARTUP_SECTION);

/// When a machine starts and stops with its vApp; by default with all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Startup {
    /// Its group: those with lower numbers start earlier and stop later.
    pub order: u16,
    /// How many seconds later the next group starts.
    pub start_delay: u16,
    /// How many seconds later the next group stops.
    pub stop_delay: u16,
    /// How it starts.
    pub start: StartAction,
    /// How it stops.
    pub stop: StopAction,
}

/// How a machine starts with its vApp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartAction {
    /// It is powered on.
    #[default]
    #[serde(rename = "powerOn")]
    PowerOn,
    /// It stays as it is.
    #[serde(rename = "none")]
    None,
}

/// How a machine stops with its vApp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopAction {
    /// It is powered off.
    #[default]
    #[serde(rename = "powerOff")]
    PowerOff,
    /// Its guest shuts down.
    #[serde(rename = "guestShutdown")]
    GuestShutdown,
    /// Nobody waits for it; it goes with the last.
    #[serde(rename = "none")]
    None,
}

impl StartAction {
    const ALL: [Self; 2] = [Self::PowerOn, Self::None];

    /// The word in `ovf:startAction`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PowerOn => "powerOn",
            Self::None => "none",
        }
    }
}

impl StopAction {
    const ALL: [Self; 3] = [Self::PowerOff, Self::GuestShutdown, Self::None];

    /// The word in `ovf:stopAction`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PowerOff => "powerOff",
            Self::GuestShutdown => "guestShutdown",
            Self::None => "none",
        }
    }
}

/// What a request says of one machine, in the words and numbers that came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said<'a> {
    /// Its group.
    pub order: i32,
    /// Seconds.
    pub start_delay: Option<i32>,
    /// Seconds.
    pub stop_delay: Option<i32>,
    /// What it does when the vApp starts.
    pub start_action: Option<&'a str>,
    /// What it does when the vApp stops.
    pub stop_action: Option<&'a str>,
}

impl Startup {
    /// What a request says, when that can be meant.
    ///
    /// # Errors
    /// 400 for numbers out of range and for other words.
    pub fn read(said: &Said<'_>) -> Result<Self, Fault> {
        Ok(Self {
            order: number("order", said.order)?,
            start_delay: number("startDelay", said.start_delay.unwrap_or(0))?,
            stop_delay: number("stopDelay", said.stop_delay.unwrap_or(0))?,
            start: word("startAction", said.start_action, &StartAction::ALL.map(|action| (action.name(), action)))?,
            stop: word("stopAction", said.stop_action, &StopAction::ALL.map(|action| (action.name(), action)))?,
        })
    }

    const fn delay(self, course: Course) -> u16 {
        match course {
            Course::Start => self.start_delay,
            Course::Stop => self.stop_delay,
        }
    }

    const fn takes_part(self, course: Course) -> bool {
        match course {
            Course::Start => matches!(self.start, StartAction::PowerOn),
            Course::Stop => !matches!(self.stop, StopAction::None),
        }
    }

    /// Where its group comes, that way; with the lowest number first.
    #[must_use]
    pub fn place(self, course: Course) -> i32 {
        match course {
            Course::Start => i32::from(self.order),
            Course::Stop => -i32::from(self.order),
        }
    }
}

fn number(what: &str, said: i32) -> Result<u16, Fault> {
    u16::try_from(said).map_err(|_out| Fault::bad_request(format!("The attribute {what} must be between 0 and {}, not {said}.", u16::MAX)))
}

fn word<T: Copy + Default>(what: &str, said: Option<&str>, known: &[(&str, T)]) -> Result<T, Fault> {
    let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) else { return Ok(T::default()) };
    let found = known.iter().find(|(name, _)| *name == said);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        Fault::bad_request(format!("The attribute {what} must be {}, not \"{}\".", names.join(" or "), excerpt(said)))
    })
}

/// Which way a vApp goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Its machines start.
    Start,
    /// They stop, in the reverse order.
    Stop,
}

/// What can be done before somebody must wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The machines that go now, as places in the list of those that are left.
    pub now: Vec<usize>,
    /// How many seconds later the next ones do.
    pub wait: u16,
}

/// The next turn of machines that have yet to go; `None` when none of them has to wait for another.
#[must_use]
pub fn turn(left: &[Startup], course: Course) -> Option<Turn> {
    let mut groups = BTreeMap::<i32, Vec<usize>>::new();
    for (at, startup) in left.iter().enumerate().filter(|(_, startup)| startup.takes_part(course)) {
        groups.entry(startup.place(course)).or_default().push(at);
    }
    let mut now = Vec::new();
    let mut groups = groups.into_values().peekable();
    while let Some(group) = groups.next() {
        let wait = group.iter().map(|at| left[*at].delay(course)).max().unwrap_or(0);
        now.extend(group);
        if wait > 0 && groups.peek().is_some() {
            return Some(Turn { now, wait });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn startup(order: u16, start_delay: u16, stop_delay: u16) -> Startup {
        Startup { order, start_delay, stop_delay, ..Startup::default() }
    }

    fn turns(all: &[Startup], course: Course) -> Vec<(Vec<usize>, u16)> {
        let mut left: Vec<usize> = (0..all.len()).collect();
        let mut found = Vec::new();
        while let Some(Turn { now, wait }) = turn(&left.iter().map(|at| all[*at]).collect::<Vec<_>>(), course) {
            found.push((now.iter().map(|at| left[*at]).collect(), wait));
            left = (0..left.len()).filter(|at| !now.contains(at)).map(|at| left[at]).collect();
        }
        found
    }

    #[test]
    fn lower_numbers_start_first_and_stop_last() {
        let all = [startup(2, 7, 70), startup(0, 5, 50), startup(1, 0, 0), startup(0, 9, 0)];
        assert_eq!(turns(&all, Course::Start), [(vec![1, 3], 9)], "group 1 waits for nothing, and nobody waits for the last");
        assert_eq!(turns(&all, Course::Stop), [(vec![0], 70)]);
        assert_eq!(turns(&[startup(0, 1, 0), startup(1, 2, 0), startup(2, 3, 0)], Course::Start), [(vec![0], 1), (vec![1], 2)]);
    }

    #[test]
    fn without_delays_nobody_waits() {
        let all = [startup(2, 0, 0), startup(0, 0, 0), startup(1, 0, 0)];
        assert_eq!((turn(&all, Course::Start), turn(&all, Course::Stop), turn(&[], Course::Start)), (None, None, None));
        assert_eq!(turn(&[startup(0, 5, 5), startup(0, 5, 5)], Course::Start), None, "one group has nobody to wait for it");
    }

    #[test]
    fn who_takes_no_part_keeps_nobody_waiting() {
        let idle = Startup { start: StartAction::None, stop: StopAction::None, ..startup(0, 5, 5) };
        assert_eq!(turn(&[idle, startup(1, 0, 0)], Course::Start), None);
        assert_eq!(turn(&[Startup { order: 2, ..idle }, startup(1, 0, 0)], Course::Stop), None);
    }

    #[test]
    fn what_is_said_is_read_or_refused() {
        let read = |said: Said<'_>| Startup::read(&said);
        assert_eq!(read(Said::default()).unwrap(), Startup::default());
        let said =
            Said { order: 3, start_delay: Some(60), start_action: Some("none"), stop_action: Some("guestShutdown"), ..Said::default() };
        let expected = Startup { start: StartAction::None, stop: StopAction::GuestShutdown, ..startup(3, 60, 0) };
        assert_eq!(read(said).unwrap(), expected);
        for wrong in [
            Said { order: -1, ..Said::default() },
            Said { start_delay: Some(-1), ..Said::default() },
            Said { stop_delay: Some(65_536), ..Said::default() },
            Said { start_action: Some("powerOff"), ..Said::default() },
            Said { stop_action: Some("suspend"), ..Said::default() },
        ] {
            assert_eq!(read(wrong).unwrap_err().code, crate::FaultCode::BadRequest);
        }
    }
}
