//! The query service: what is asked, what a row is made of, and the answer. Invariant: a caller sees in a result only what it could also
//! read by itself.
//!
//! [`request`] reads the query string, [`filter`] the filter language, [`page`] the pages; [`record`] has one table per query type.
//! [`run`](run()) answers.

pub mod filter;
mod kept;
pub mod metadata;
mod near;
pub mod page;
mod push;
pub mod record;
pub mod request;
mod run;
mod source;
pub mod value;

pub use kept::KeptRows;
pub use run::{Drawn, Page, Row, Way, Within, admit, run, run_by, types};
pub use source::decided_by;

#[cfg(test)]
mod hostile;
