//! The integration tests: one binary, one file per family. Invariant: nothing sleeps; the clock is moved.

mod query;
mod session;
mod settings;
