//! The query service: what is asked, what a row is made of, and the answer. Invariant: a caller sees in a result only what it could also
//! read by itself.
//!
//! [`request`] reads the query string, [`filter`] the filter language, [`page`] the pages; [`record`] has one table per query type.

pub mod filter;
pub mod page;
pub mod record;
pub mod request;
pub mod value;
