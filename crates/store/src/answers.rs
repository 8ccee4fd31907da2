//! Pages that were asked for before, and how many rows there are. Invariant: an answer is given again only while no commit has touched a kind
//! that it depends on.

use crate::cache::Ticket;
use crate::filter::TaskFilter;
use crate::page::{Page, PageOf};
use quick_cache::Weighter;

/// What an answer weighs by itself, and for each of its rows: it may be the last to keep the object.
const ANSWER: usize = 600;
const PLACE: usize = 1_000;
/// How many totals are kept at most: commits look at each.
const TOTALS: u64 = 128;
/// The most rows of a page that is kept.
const MOST: usize = 1_000;

/// An answer, and when it was given.
#[derive(Debug, Clone)]
pub(crate) struct Given<T> {
    pub(crate) ticket: Ticket,
    pub(crate) answer: T,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes;

impl Weighter<PageOf, Given<Page>> for Bytes {
    fn weight(&self, _page: &PageOf, kept: &Given<Page>) -> u64 {
        (ANSWER + kept.answer.rows.len() * PLACE) as u64
    }
}

impl Weighter<PageOf, Given<u64>> for Bytes {
    fn weight(&self, _page: &PageOf, _kept: &Given<u64>) -> u64 {
        ANSWER as u64
    }
}

impl Weighter<TaskFilter, Given<u64>> for Bytes {
    fn weight(&self, _filter: &TaskFilter, _kept: &Given<u64>) -> u64 {
        ANSWER as u64
    }
}

/// Pages, and totals by what all pages share.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) pages: quick_cache::sync::Cache<PageOf, Given<Page>, Bytes>,
    pub(crate) totals: quick_cache::sync::Cache<PageOf, Given<u64>, Bytes>,
    pub(crate) tasks: quick_cache::sync::Cache<TaskFilter, Given<u64>, Bytes>,
}

impl Answers {
    /// No answers, of at most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let items = |bytes: u64, each: u64| usize::try_from(bytes / each).unwrap_or(usize::MAX).clamp(16, 1 << 12);
        let totals = (bytes / 8).min(TOTALS * ANSWER as u64);
        Self {
            pages: quick_cache::sync::Cache::with_weighter(items(bytes, 30_000), bytes - 2 * totals, Bytes),
            tasks: quick_cache::sync::Cache::with_weighter(items(totals, ANSWER as u64), totals, Bytes),
            totals: quick_cache::sync::Cache::with_weighter(items(totals, ANSWER as u64), totals, Bytes),
        }
    }

    /// Keeps a page that is not too long.
    pub(crate) fn keep(&self, of: &PageOf, kept: Given<Page>) {
        if kept.answer.rows.len() <= MOST {
            self.pages.insert(of.clone(), kept);
        }
    }
}

impl PageOf {
    /// What all pages with the same total share.
    pub(crate) fn all(&self) -> Self {
        Self { order: Vec::new(), offset: 0, limit: None, ..self.clone() }
    }
}
