//! Why there is no connection. Invariant: said alike for the same cause, so that it is news only once; never with the password.

use lapin::ErrorKind;
use std::io;
use std::time::Duration;
use vcdsim_model::family::settings::AmqpSettings;

/// AMQP's codes for a refused sign-in or permission, and for a virtual host that may not be used.
const ACCESS_REFUSED: u16 = 403;
const NOT_ALLOWED: u16 = 530;
/// What is said when the other side hangs up without a word.
pub(super) const ENDED: &str = "the other side ended it";

/// Why there is no connection, in words for a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// Nobody listens there, or the name is unknown.
    #[error("cannot reach {host}:{port}: {source}")]
    Unreachable {
        /// The host of the settings.
        host: String,
        /// The port of the settings.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// No TLS, or a certificate that is not trusted.
    #[error("TLS with {host}:{port} failed: {reason}")]
    Tls {
        /// The host of the settings.
        host: String,
        /// The port of the settings.
        port: u16,
        /// What went wrong, said alike at each attempt.
        reason: String,
    },
    /// Somebody listens, but does not answer as a broker does.
    #[error("{host}:{port} did not answer as an AMQP broker within {seconds} s")]
    Silent {
        /// The host of the settings.
        host: String,
        /// The port of the settings.
        port: u16,
        /// How long it had.
        seconds: f32,
    },
    /// The broker does not know the account, or not this password.
    #[error("the broker refuses user {user:?}: {text}")]
    Credentials {
        /// The user of the settings.
        user: String,
        /// What the broker says.
        text: String,
    },
    /// The virtual host is missing or closed to this user.
    #[error("the broker refuses virtual host {vhost:?} to user {user:?}: {text}")]
    Vhost {
        /// The virtual host of the settings.
        vhost: String,
        /// The user of the settings.
        user: String,
        /// What the broker says.
        text: String,
    },
    /// An exchange is missing and cannot be declared.
    #[error("cannot use exchange {name:?}: {text}")]
    Exchange {
        /// Its name.
        name: String,
        /// What the broker says.
        text: String,
    },
    /// A setting that AMQP cannot carry.
    #[error("{what} is longer than the 255 bytes that AMQP carries")]
    TooLong {
        /// Which setting.
        what: &'static str,
    },
    /// The broker ended the channel: an exchange is gone, or closed to this user.
    #[error("the broker closed the channel: {0}")]
    ChannelClosed(String),
    /// The broker ended the connection.
    #[error("the broker closed the connection: {0}")]
    Closed(String),
    /// Somebody has ordered that there is none.
    #[error("{0}")]
    Ordered(String),
    /// Anything else.
    #[error("the connection to the broker failed: {0}")]
    Lost(String),
}

pub(super) fn silent(settings: &AmqpSettings, limit: Duration) -> BrokerError {
    BrokerError::Silent { host: settings.host.clone(), port: settings.port, seconds: limit.as_secs_f32() }
}

/// A refusal during the handshake, told apart by AMQP's code.
pub(super) fn refused(settings: &AmqpSettings, error: &lapin::Error) -> BrokerError {
    let (user, text) = (settings.username.clone(), text(error));
    match error.kind() {
        ErrorKind::ProtocolError(refusal) if refusal.get_id() == ACCESS_REFUSED => BrokerError::Credentials { user, text },
        ErrorKind::ProtocolError(refusal) if refusal.get_id() == NOT_ALLOWED => {
            BrokerError::Vhost { vhost: settings.vhost.clone(), user, text }
        }
        _ => BrokerError::Lost(text),
    }
}

/// Why a connection that stood is no longer of use.
pub(super) fn lost(error: &lapin::Error) -> BrokerError {
    match error.kind() {
        ErrorKind::ProtocolError(_) if error.is_amqp_soft_error() => BrokerError::ChannelClosed(text(error)),
        ErrorKind::ProtocolError(_) => BrokerError::Closed(text(error)),
        _ => BrokerError::Lost(text(error)),
    }
}

impl BrokerError {
    /// Whether the broker said so itself, or we did; what else is seen of a loss only follows from it.
    pub(crate) fn is_told(&self) -> bool {
        matches!(self, Self::ChannelClosed(_) | Self::Closed(_) | Self::Ordered(_))
    }
}

/// What the broker said, without the frames around it.
pub(super) fn text(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) => refusal.get_message().to_string(),
        ErrorKind::IOError(error) if is_ended(error) => ENDED.to_owned(),
        // Whoever asks after the end hears what has become of the connection, and not why.
        ErrorKind::InvalidConnectionState(_) | ErrorKind::InvalidChannelState(..) => ENDED.to_owned(),
        _ => error.to_string(),
    }
}

/// Whether the other side ended a socket, however that was seen: it depends on what was under way.
pub(super) fn is_ended(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// Whether this user may not do that.
pub(super) fn is_denied(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(refusal) if refusal.get_id() == ACCESS_REFUSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cause_is_said_alike_however_it_was_seen() {
        let seen =
            [io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted, io::ErrorKind::BrokenPipe, io::ErrorKind::UnexpectedEof];
        let told = seen.map(|kind| lost(&lapin::Error::from(io::Error::new(kind, "in other words each time"))).to_string());
        assert!(told.iter().all(|each| each == "the connection to the broker failed: the other side ended it"), "{told:?}");
        let other = lost(&lapin::Error::from(io::Error::from(io::ErrorKind::StorageFull))).to_string();
        assert!(!other.contains(ENDED));
    }
}
