//! The server: configuration, composition, lifecycle. Invariant: it connects what the other crates offer and decides nothing about the cloud.

mod broker;
pub mod cli;
pub mod config;
pub mod control;
mod count;
pub mod edge;
mod events;
pub mod images;
mod instance;
pub mod lifecycle;
mod listen;
pub mod log;
mod messaging;
pub mod recording;
mod roles;
mod routes;
pub mod spaces;
mod tls;
mod wire;

pub use config::{Cli, Command, Config};
pub use count::count;
pub use events::events_as_markdown;
pub use instance::{Instance, Sources, Springs};
pub use listen::WORKERS;
pub use roles::roles_as_markdown;
pub use routes::routes_as_markdown;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod serving;
