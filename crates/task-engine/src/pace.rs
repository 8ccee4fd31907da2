//! How long phases take. Invariant: pace changes when things happen, never what happens.

/// The time that each phase of each task takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// None: phases are due at once.
    #[default]
    Immediate,
    /// This many milliseconds.
    Fixed(i64),
    /// New tasks stay `queued`.
    Held,
}

impl Pace {
    pub(crate) fn phase_millis(self) -> i64 {
        match self {
            Self::Fixed(millis) => millis,
            Self::Immediate | Self::Held => 0,
        }
    }
}
