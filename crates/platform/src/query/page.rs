//! Pages of a result. Invariant: the pages of a result hold every row exactly once, in one order.

use vcdsim_model::Fault;

/// Rows per page when a request does not say.
pub const DEFAULT_SIZE: u32 = 25;
/// Most rows per page; a larger wish is cut down to it.
pub const MAX_SIZE: u32 = 128;

/// Which part of a result is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1.
    pub page: u32,
    /// Rows per page, 1 to [`MAX_SIZE`].
    pub size: u32,
    /// How many rows to leave out before the first page.
    pub offset: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: 1, size: DEFAULT_SIZE, offset: 0 }
    }
}

/// Another page, and how it is related to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLink {
    /// `firstPage`, `previousPage`, `nextPage`, `lastPage`.
    pub rel: &'static str,
    /// The page, from 1.
    pub page: u32,
}

impl Paging {
    /// Reads `page`, `pageSize` and `offset`.
    ///
    /// # Errors
    /// 400 that names the parameter.
    pub fn read(page: Option<&str>, size: Option<&str>, offset: Option<&str>) -> Result<Self, Fault> {
        let page = number("page", page, 1)?.unwrap_or(1);
        let size = number("pageSize", size, 1)?.unwrap_or(DEFAULT_SIZE).min(MAX_SIZE);
        let offset = number("offset", offset, 0)?.unwrap_or(0);
        Ok(Self { page, size, offset })
    }

    /// How many rows come before this page.
    #[must_use]
    pub fn before(&self) -> u64 {
        u64::from(self.offset) + u64::from(self.page - 1) * u64::from(self.size)
    }

    /// The rows of this page among `total`.
    #[must_use]
    pub fn range(&self, total: usize) -> std::ops::Range<usize> {
        let begin = usize::try_from(self.before()).unwrap_or(usize::MAX).min(total);
        begin..begin.saturating_add(self.size as usize).min(total)
    }

    /// The last page of a result with `total` rows, from 1.
    #[must_use]
    pub fn last(&self, total: usize) -> u32 {
        let rows = total.saturating_sub(self.offset as usize);
        u32::try_from(rows.div_ceil(self.size as usize)).unwrap_or(u32::MAX).max(1)
    }

    /// The links to other pages of a result with `total` rows, in the order in which real servers write them.
    #[must_use]
    pub fn links(&self, total: usize) -> Vec<PageLink> {
        let last = self.last(total);
        let link = |rel, page, shown: bool| shown.then_some(PageLink { rel, page });
        let (back, forth) = (self.page > 1, self.page < last);
        [
            link("firstPage", 1, back),
            link("previousPage", self.page.saturating_sub(1).min(last), back),
            link("nextPage", self.page.saturating_add(1), forth),
            link("lastPage", last, forth),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn number(name: &str, text: Option<&str>, least: u32) -> Result<Option<u32>, Fault> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(number) if number >= least => Ok(Some(number)),
        _ => {
            let shown: String = text.chars().take(32).collect();
            Err(Fault::bad_request(format!("The parameter {name} must be a whole number of at least {least}, not `{shown}`.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rels(page: u32, total: usize) -> String {
        let paging = Paging { page, size: 10, offset: 0 };
        paging.links(total).iter().map(|link| format!("{}={} ", link.rel, link.page)).collect()
    }

    #[test]
    fn links_lead_everywhere_but_here() {
        assert_eq!(rels(1, 10), "");
        assert_eq!(rels(1, 0), "");
        assert_eq!(rels(1, 11), "nextPage=2 lastPage=2 ");
        assert_eq!(rels(2, 25), "firstPage=1 previousPage=1 nextPage=3 lastPage=3 ");
        assert_eq!(rels(3, 25), "firstPage=1 previousPage=2 ");
        assert_eq!(rels(9, 25), "firstPage=1 previousPage=3 ");
    }

    #[test]
    fn pages_cover_every_row_once() {
        for (size, offset, total) in [(1, 0, 3), (10, 0, 25), (10, 3, 25), (128, 0, 128), (7, 30, 25), (5, 0, 0)] {
            let first = Paging { page: 1, size, offset };
            let rows: Vec<usize> = (1..=first.last(total)).flat_map(|page| Paging { page, ..first }.range(total)).collect();
            assert_eq!(rows, (offset as usize..total.max(offset as usize)).take_while(|row| *row < total).collect::<Vec<_>>());
        }
    }

    #[test]
    fn parameters_are_read_with_bounds() {
        assert_eq!(Paging::read(None, None, None), Ok(Paging::default()));
        assert_eq!(Paging::read(Some("2"), Some("1000"), Some("5")), Ok(Paging { page: 2, size: MAX_SIZE, offset: 5 }));
        for (page, size) in [("0", "1"), ("-1", "1"), ("x", "1"), ("1", "0"), ("99999999999", "1")] {
            assert!(Paging::read(Some(page), Some(size), None).is_err(), "{page} {size}");
        }
        assert_eq!(Paging { page: u32::MAX, size: 128, offset: u32::MAX }.range(5), 5..5);
    }
}
