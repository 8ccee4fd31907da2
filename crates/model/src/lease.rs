//! Leases: how long an object may run, or be kept. Invariant: a lease that runs has an end, and the store keeps a timer for it; one that is
//! over runs no more, until somebody renews it.

use crate::clock::{Time, after_millis};
use crate::entity::{Body, Entity};
use crate::fault::Fault;
use serde::{Deserialize, Serialize};

/// How long the end of a lease that could not be acted on, or led to nothing, is left alone: an hour. An object that a task holds, and a
/// clean-up that an administrator aborted, are come back to then.
pub const RETRY_MILLIS: i64 = 3_600_000;

/// Where the lease of an object stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lease {
    /// There is none: the object is still being made, or is for ever.
    #[default]
    None,
    /// It runs until then.
    Until(Time),
    /// It was over then, and the object is kept, of no use to anybody, for somebody to renew it.
    Expired(Time),
}

impl Lease {
    /// A lease of so many seconds that begins now; 0 is for ever.
    #[must_use]
    pub fn of(seconds: i32, now: Time) -> Self {
        if seconds > 0 { Self::Until(after_millis(now, i64::from(seconds) * 1_000)) } else { Self::None }
    }

    /// The instant at which it ends or was over.
    #[must_use]
    pub const fn end(self) -> Option<Time> {
        match self {
            Self::None => None,
            Self::Until(end) | Self::Expired(end) => Some(end),
        }
    }

    /// The instant at which something is to happen: the end of one that runs.
    #[must_use]
    pub const fn due(self) -> Option<Time> {
        match self {
            Self::Until(end) => Some(end),
            Self::None | Self::Expired(_) => None,
        }
    }

    /// The same lease when it is over and the object is kept.
    #[must_use]
    pub const fn expired(self) -> Self {
        match self {
            Self::Until(end) => Self::Expired(end),
            other => other,
        }
    }
}

impl Entity {
    /// Its lease: a vApp runs on one while it is deployed, and is kept on one otherwise, as templates are.
    #[must_use]
    pub const fn lease(&self) -> Lease {
        match &self.body {
            Body::VApp(vapp) => vapp.lease,
            Body::VAppTemplate(template) => template.lease,
            _ => Lease::None,
        }
    }

    /// Gives it the lease that its settings say, from now on.
    pub fn begin_lease(&mut self, now: Time) {
        match &mut self.body {
            Body::VApp(vapp) if vapp.deployed => vapp.lease = Lease::of(vapp.deployment_lease_seconds, now),
            Body::VApp(vapp) => vapp.lease = Lease::of(vapp.storage_lease_seconds, now),
            Body::VAppTemplate(template) => template.lease = Lease::of(template.storage_lease_seconds, now),
            _ => {}
        }
    }

    /// Marks that its lease is over; its files cannot be fetched any more.
    pub fn expire(&mut self) {
        match &mut self.body {
            Body::VApp(vapp) => vapp.lease = vapp.lease.expired(),
            Body::VAppTemplate(template) => template.lease = template.lease.expired(),
            _ => {}
        }
        self.set_downloadable(false);
    }

    /// Whether its lease is over.
    #[must_use]
    pub const fn is_expired(&self) -> bool {
        matches!(self.lease(), Lease::Expired(_))
    }

    /// Refuses to use it when its lease is over.
    ///
    /// # Errors
    /// 400 with what to do.
    pub fn not_expired(&self) -> Result<(), Fault> {
        if !self.is_expired() {
            return Ok(());
        }
        let (label, name) = (self.head.kind.info().label, &self.head.name);
        Err(Fault::bad_request(format!("The storage lease of {label} \"{name}\" has expired: renew it in the lease settings.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_millis;

    #[test]
    fn a_lease_of_no_seconds_has_no_end() {
        assert_eq!(Lease::of(0, from_millis(5)), Lease::None);
        assert_eq!(Lease::of(2, from_millis(5)).due(), Some(from_millis(2_005)));
    }

    #[test]
    fn what_has_expired_shows_its_end_and_has_nothing_due() {
        let lease = Lease::of(2, from_millis(5)).expired();
        assert_eq!((lease.end(), lease.due()), (Some(from_millis(2_005)), None));
        assert_eq!(Lease::None.expired(), Lease::None);
    }
}
