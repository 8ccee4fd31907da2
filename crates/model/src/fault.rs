//! What goes wrong, as clients see it. Invariant: minor codes and HTTP statuses are written here and nowhere else.

use crate::id::Urn;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $minor:literal),* $(,)?) => {
        /// A kind of failure: HTTP status (also the major error code) and minor error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum FaultCode { $($(#[$doc])* $name),* }

        impl FaultCode {
            /// All codes, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// HTTP status and `majorErrorCode`.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status),* } }

            /// `minorErrorCode`.
            #[must_use]
            pub const fn minor(self) -> &'static str { match self { $(Self::$name => $minor),* } }
        }
    };
}

codes! {
    /// A body, parameter or object state that the request cannot have.
    BadRequest = 400 "BAD_REQUEST",
    /// The object is locked by another task.
    BusyEntity = 400 "BUSY_ENTITY",
    /// The name is taken in its scope.
    DuplicateName = 400 "DUPLICATE_NAME",
    /// A reference in the body leads nowhere.
    InvalidReference = 400 "INVALID_REFERENCE",
    /// A template's licence was not accepted.
    EulaNotAccepted = 400 "EULA_NOT_ACCEPTED",
    /// No session, an expired one, or a wrong password.
    Unauthorized = 401 "UNAUTHORIZED",
    /// No right, or no such object: a real server does not tell these apart.
    Forbidden = 403 "ACCESS_TO_RESOURCE_IS_FORBIDDEN",
    /// A path that no version has.
    NotFound = 404 "RESOURCE_NOT_FOUND",
    /// The path exists, the verb does not.
    MethodNotAllowed = 405 "METHOD_NOT_ALLOWED",
    /// The asked version or form is not served.
    NotAcceptable = 406 "NOT_ACCEPTABLE",
    /// The path does not take this type of body.
    UnsupportedMediaType = 415 "UNSUPPORTED_MEDIA_TYPE",
    /// A defect of ours, or an operation ended by an administrator (ruling Q16).
    Internal = 500 "INTERNAL_SERVER_ERROR",
    /// Part of vCloud Director that is not served yet; the message names it.
    NotImplemented = 501 "NOT_IMPLEMENTED",
}

/// A failure that a client is told about. Its message never holds a secret or another tenant's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Status and minor code.
    pub code: FaultCode,
    /// One sentence: what is wrong, where, and what would be right.
    pub message: String,
}

impl Fault {
    /// A failure of this kind.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// 400 `BAD_REQUEST`.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(FaultCode::BadRequest, message)
    }

    /// The answer for an id that does not exist or may not be seen (reference 7.3).
    #[must_use]
    pub fn no_access(urn: Urn) -> Self {
        let word = urn.kind.info().urn;
        Self::new(FaultCode::Forbidden, format!("No access to entity \"(com.vmware.vcloud.entity.{word}:{})\".", urn.id))
    }

    /// The answer for an action that the caller's rights do not cover.
    #[must_use]
    pub fn denied() -> Self {
        Self::new(FaultCode::Forbidden, "This operation is denied.")
    }

    /// 401.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(FaultCode::Unauthorized, message)
    }

    /// The object is locked by a task.
    #[must_use]
    pub fn busy(urn: Urn) -> Self {
        Self::new(FaultCode::BusyEntity, format!("The entity {urn} is busy completing an operation."))
    }

    /// The name is taken.
    #[must_use]
    pub fn duplicate_name(name: &str) -> Self {
        Self::new(FaultCode::DuplicateName, format!("The name \"{name}\" is already in use."))
    }

    /// A reference in a body leads nowhere.
    #[must_use]
    pub fn invalid_reference(what: &str, href: &str) -> Self {
        Self::new(FaultCode::InvalidReference, format!("{what} refers to \"{href}\", which does not exist or is not accessible."))
    }

    /// A defect; the cause goes to the log, not to the client.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(FaultCode::Internal, "Internal server error; the log of the server has the cause under this request id.")
    }

    /// Loudly missing.
    pub fn not_implemented(operation: impl fmt::Display) -> Self {
        Self::new(FaultCode::NotImplemented, format!("vcdsim does not serve {operation} yet. GET /_mock/v1/coverage lists what it serves."))
    }
}

/// A client's text as a message shows it: its beginning.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const MOST: usize = 64;
    let mut shown: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code.status(), self.code.minor(), self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_the_beginning_of_a_long_text() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"é".repeat(1_000)), format!("{}…", "é".repeat(64)));
    }
}
