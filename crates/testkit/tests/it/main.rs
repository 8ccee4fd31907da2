//! The integration tests: one binary, one file per family. Invariant: nothing sleeps; the clock is moved.

mod admin;
mod catalog;
mod extension;
mod network;
mod org;
mod query;
mod role;
mod session;
mod settings;
mod storage_profile;
mod user;
mod vdc;
mod vim_server;
mod walk;
