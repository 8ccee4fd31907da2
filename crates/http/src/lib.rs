//! The HTTP face. Invariant: this crate translates; it decides nothing and stores nothing.
//!
//! [`app::App::handle`] is one request's way. `route/` has the handlers, `view/` makes documents from graphs, `cloudapi/` is the OpenAPI side.

pub mod actix;
pub mod app;
mod base;
mod cloudapi;
mod context;
mod cx;
mod error;
pub mod message;
mod negotiate;
pub mod passage;
mod reply;
mod route;
pub mod router;
mod runs;
mod view;

pub use app::{App, Options};
pub use route::{router, table};

#[cfg(test)]
mod hostile;
