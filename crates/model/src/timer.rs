//! What can be due. Invariant: the name of a kind is stored and never changes.

macro_rules! timer_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// What a timer is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TimerKind { $($(#[$doc])* $variant),* }

        impl TimerKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name under which it is stored.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),* } }

            /// The kind stored under `name`.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> { Self::ALL.iter().copied().find(|kind| kind.name() == name) }
        }
    };
}

impl TimerKind {
    /// Whether it changes what is read, so that a reader must not see what it concerns before it. An expired blocking task is gone for every
    /// reader whether its timer has fired or not.
    #[must_use]
    pub const fn is_awaited(self) -> bool {
        matches!(self, Self::Phase | Self::Responder | Self::Lease | Self::Busy)
    }
}

timer_kinds! {
    /// A task's next phase; the subject is the task.
    Phase = "phase",
    /// A blocking task's timeout; the subject is the blocking task.
    Gate = "gate",
    /// A responder's decision about a blocked task; the subject is the task.
    Responder = "responder",
    /// An idle session's end; the subject is the session.
    Session = "session",
    /// When a finished task is forgotten; the subject is the task.
    TaskRetention = "taskRetention",
    /// The end of an object's lease; the subject is the object.
    Lease = "lease",
    /// When an object that is busy without a task is free again; the subject is the object.
    Busy = "busy",
    /// When an answer that is kept back goes out; the subject is its ticket.
    Delay = "delay",
    /// When a message that is kept back may go, or there may be a connection to the broker again; the subject is the message's ticket.
    Broker = "broker",
}
