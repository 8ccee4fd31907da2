//! A broker that takes nothing because somebody has ordered that. Invariant: what is shown of it is what a real one in that state would have
//! shown, with the order that is behind it.

use crate::amqp::BrokerError;
use vcdsim_model::clock::{Time, format_time};
use vcdsim_model::fate::{Guise, Outage};

/// Why there is no connection to a broker with this user; nothing when there may be one.
pub(crate) fn refusal(outage: Outage, now: Time, user: &str) -> Option<BrokerError> {
    match outage.guise {
        _ if !outage.lasts(now) => None,
        Guise::Full => None,
        Guise::Away => Some(BrokerError::Ordered(format!("POST broker/stop keeps the broker away until {}", end(outage)))),
        Guise::Refusing => Some(BrokerError::Credentials { user: user.to_owned(), text: format!("ACCESS_REFUSED, {}", ordered(outage)) }),
    }
}

/// Why the broker blocks the connection, if it does.
pub(crate) fn block(outage: Outage, now: Time) -> Option<String> {
    (outage.guise == Guise::Full && outage.lasts(now)).then(|| format!("low on disk, {}", ordered(outage)))
}

fn ordered(outage: Outage) -> String {
    format!("as POST broker/stop has ordered until {}", end(outage))
}

fn end(outage: Outage) -> String {
    outage.until.map_or_else(|| "POST broker/start".to_owned(), format_time)
}
