//! Pages that were asked for before, and how many rows there are. Invariant: an answer is given again only while no commit has touched a kind
//! that it depends on.

use crate::cache::Ticket;
use crate::page::{Page, PageOf};
use quick_cache::Weighter;

/// What an answer weighs by itself, and for each of its rows: it may be the last to keep the object.
const ANSWER: usize = 600;
const PLACE: usize = 1_000;
/// The most rows of a page that is kept.
const MOST: usize = 1_000;

/// An answer, and when it was given.
#[derive(Debug, Clone)]
pub(crate) struct Kept<T> {
    pub(crate) ticket: Ticket,
    pub(crate) answer: T,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes;

impl Weighter<PageOf, Kept<Page>> for Bytes {
    fn weight(&self, _page: &PageOf, kept: &Kept<Page>) -> u64 {
        (ANSWER + kept.answer.rows.len() * PLACE) as u64
    }
}

impl Weighter<PageOf, Kept<u64>> for Bytes {
    fn weight(&self, _page: &PageOf, _kept: &Kept<u64>) -> u64 {
        ANSWER as u64
    }
}

/// Pages, and totals by their first page.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) pages: quick_cache::sync::Cache<PageOf, Kept<Page>, Bytes>,
    pub(crate) totals: quick_cache::sync::Cache<PageOf, Kept<u64>, Bytes>,
}

impl Answers {
    /// No answers, of at most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let items = |bytes: u64, each: u64| usize::try_from(bytes / each).unwrap_or(usize::MAX).clamp(16, 1 << 12);
        let totals = bytes / 8;
        Self {
            pages: quick_cache::sync::Cache::with_weighter(items(bytes, 30_000), bytes - totals, Bytes),
            totals: quick_cache::sync::Cache::with_weighter(items(totals, ANSWER as u64), totals, Bytes),
        }
    }

    /// Keeps a page that is not too long.
    pub(crate) fn keep(&self, of: &PageOf, kept: Kept<Page>) {
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
