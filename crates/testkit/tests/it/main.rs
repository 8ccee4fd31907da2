//! The integration tests: one binary, one file per family. Invariant: nothing sleeps; the clock is moved.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and the line says where")]

mod actions;
mod address;
mod admin;
mod affinity;
mod blocking_task;
mod broker_trust;
mod capture;
mod catalog;
mod context;
mod control;
mod control_broker;
mod control_faults;
mod control_operations;
mod control_requests;
mod control_timeline;
mod differential;
mod disk;
mod edge_gateway;
mod entity;
mod extension;
mod group;
mod habits;
mod hostile;
mod json;
mod lease;
mod links;
mod manifest;
mod media;
mod metadata;
mod network;
mod notify;
mod operation;
mod org;
mod product;
mod query;
mod quota;
mod race;
mod recording;
mod rights;
mod role;
mod scenario;
mod service;
mod session;
mod settings;
mod sim;
mod snapshot;
mod space;
mod state;
mod storage_profile;
mod story;
mod task;
mod user;
mod vapp;
mod vapp_template;
mod vdc;
mod vim_server;
mod vm;
mod walk;

/// The versions at which documents are kept: the oldest, those whose recordings are known, one in the middle, the last that the published
/// schemas know, the newest.
const DOCUMENTED: [&str; 6] = ["1.5", "5.1", "5.5", "9.0", "30.0", "39.1"];
