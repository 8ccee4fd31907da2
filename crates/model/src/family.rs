//! The families: one file each, with the body of its kind, its actions and its links. Invariant: a family knows others only by id and URN.

pub mod affinity;
pub mod catalog;
pub mod catalog_item;
pub mod compute_policy;
pub mod datastore;
pub mod disk;
pub mod edge_gateway;
pub mod external_network;
pub mod group;
pub mod host;
pub mod media;
pub mod network;
pub mod network_pool;
pub mod org;
pub mod provider_vdc;
pub mod role;
pub mod service;
pub mod session;
pub mod settings;
pub mod storage_profile;
pub mod user;
pub mod vapp;
pub mod vapp_template;
pub mod vdc;
pub mod vim_server;
pub mod vm;
