//! A request's passage, for whoever watches at the door. Invariant: who watches learns what was found out about a request, and may refuse it
//! before it is done; nothing else of it can be changed from there.

use std::pin::Pin;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Method;
use vcdsim_model::caller::Caller;
use vcdsim_model::operation::Operation;

/// What is known of a request, as far as it has come.
#[derive(Debug, Clone, Default)]
pub struct Passage {
    /// Its id, which its answer has, too.
    pub id: Uuid,
    /// The verb; `None` for one that no path has.
    pub method: Option<Method>,
    /// The path as it came.
    pub path: String,
    /// Who asks, once that is known.
    pub caller: Option<Caller>,
    /// The path of its route, with names in braces.
    pub route: Option<String>,
    /// What the tasks of its route do.
    pub operations: &'static [Operation],
    /// The object or task that its path names.
    pub object: Option<Uuid>,
    /// The minor code and the message of what went wrong.
    pub failure: Option<(String, String)>,
}

/// Why a request is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Something went wrong.
    Fault(Fault),
    /// Somebody wants it to go wrong in just this way.
    Made {
        /// The HTTP status.
        status: u16,
        /// `minorErrorCode`.
        minor: String,
        /// What it says.
        message: String,
    },
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Fault(fault) => fault.code.status(),
            Self::Made { status, .. } => *status,
        }
    }

    /// `minorErrorCode`.
    #[must_use]
    pub fn minor(&self) -> &str {
        match self {
            Self::Fault(fault) => fault.code.minor(),
            Self::Made { minor, .. } => minor,
        }
    }

    /// What it says.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Fault(Fault { message, .. }) | Self::Made { message, .. } => message,
        }
    }
}

/// Whether a request is let in.
pub type Admission<'a> = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>>;

/// Who watches at the door: asked about each request that has a route and, where it needs one, a session, before anything is done for it.
pub trait Door: Send + Sync {
    /// Lets a request in, or not.
    fn admit<'a>(&'a self, passage: &'a Passage) -> Admission<'a>;
}

/// A door that lets everybody in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open;

impl Door for Open {
    fn admit<'a>(&'a self, _: &'a Passage) -> Admission<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}
