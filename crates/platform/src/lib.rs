//! The families: what can be read and done. Invariant: this crate decides; it knows neither HTTP nor documents.
//!
//! [`cloud::Cloud`] is the handle, [`access`] says who may, [`graph`] reads what documents are made from. A family's file has its operations.

pub mod access;
pub mod admin;
pub mod affinity;
mod announce;
pub mod blocking_task;
pub mod catalog;
pub mod catalog_item;
pub mod change;
mod clock;
pub mod cloud;
pub mod compute_policy;
mod consequence;
pub mod context;
pub mod disk;
pub mod edge_gateway;
pub mod entity;
pub mod explain;
pub mod extension;
pub mod graph;
pub mod group;
pub mod hand;
mod lease;
pub mod media;
pub mod metadata;
pub mod mishap;
mod name;
pub mod network;
pub mod operations;
pub mod org;
pub mod owner;
pub mod product;
pub mod provider_vdc;
pub mod query;
mod quota;
pub mod role;
pub mod seed;
pub mod service;
pub mod session;
pub mod settings;
pub mod sharing;
pub mod storage_profile;
pub mod task;
pub mod transfer;
pub mod vapp;
pub mod vapp_template;
pub mod vdc;
pub mod vim_server;
pub mod vm;

pub use cloud::Cloud;
pub use vcdsim_store::on_behalf_of;
pub use vcdsim_task_engine::{Operation, Report};
