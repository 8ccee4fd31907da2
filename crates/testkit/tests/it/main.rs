//! The integration tests: one binary, one file per family. Invariant: nothing sleeps; the clock is moved.

mod extension;
mod query;
mod session;
mod settings;
mod vim_server;
