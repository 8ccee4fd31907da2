//! Sessions. Invariant: a token is kept as its hash only.

use crate::clock::{Time, after_millis};
use crate::family::settings::GeneralSettings;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id in its URN.
    pub id: Uuid,
    /// SHA-256 of the token in `x-vcloud-authorization`, in lower-case hex.
    pub token_hash: String,
    /// Who.
    pub user: Uuid,
    /// The user's organization.
    pub org: Uuid,
    /// When it began.
    pub created: Time,
    /// When it ends unless it is used.
    pub expires: Time,
}

/// When a session that began at `created` and is used at `now` ends: after the idle time, and at the latest when its absolute time is over.
#[must_use]
pub fn end(settings: &GeneralSettings, created: Time, now: Time) -> Time {
    let minutes = |start, minutes: i32| after_millis(start, i64::from(minutes) * 60_000);
    minutes(now, settings.session_timeout_minutes).min(minutes(created, settings.absolute_session_timeout_minutes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_millis;

    #[test]
    fn use_prolongs_a_session_up_to_its_absolute_end() {
        let settings = GeneralSettings { session_timeout_minutes: 30, absolute_session_timeout_minutes: 60, ..GeneralSettings::default() };
        let at = |minutes: i64| from_millis(minutes * 60_000);
        assert_eq!(end(&settings, at(0), at(0)), at(30));
        assert_eq!(end(&settings, at(0), at(20)), at(50));
        assert_eq!(end(&settings, at(0), at(45)), at(60));
    }
}
