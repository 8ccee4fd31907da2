//! Fixtures that no test owns.
//!
//! Invariant: a snapshot names the source that made it, that source exists, and some Rust source still names the case.

use super::{Finding, Rule, Source};
use crate::fixtures::snap::Snapshot;

const ORPHAN: Rule = Rule {
    why: "a fixture that no test makes proves nothing, and nobody sees it go stale",
    fix: "delete it, or bring back the test that owns it",
};
const BROKEN: Rule = Rule {
    why: "a fixture must say where it comes from",
    fix: "let the test write it anew: INSTA_UPDATE=always cargo test, then review the change",
};

/// Fixtures without an owner.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let snapshots = sources.iter().filter(|source| source.path.starts_with("fixtures/") && source.path.ends_with(".snap"));
    snapshots.filter_map(|snapshot| orphaned(snapshot, sources)).collect()
}

fn orphaned(fixture: &Source, sources: &[Source]) -> Option<Finding> {
    let snapshot = match Snapshot::parse(&fixture.text) {
        Ok(snapshot) => snapshot,
        Err(error) => return Some(fixture.finding(1, error, &BROKEN)),
    };
    let maker = snapshot.source();
    if !sources.iter().any(|source| source.path == maker) {
        return Some(fixture.finding(1, format!("its source `{maker}` does not exist"), &ORPHAN));
    }
    let case = case(&fixture.path);
    if sources.iter().any(|source| source.path == maker && names(&source.text, case)) {
        None
    } else {
        Some(fixture.finding(1, format!("no test names the case `{case}`"), &ORPHAN))
    }
}

/// Whether a test names the case, or what a case that is put together begins with: `hosts` of `hosts-host1`.
fn names(test: &str, case: &str) -> bool {
    let beginnings = std::iter::successors(Some(case), |case| case.rsplit_once('-').map(|(beginning, _)| beginning));
    let texts: Vec<_> = test.split('"').collect();
    let fits = |text: &str, beginning: &str| {
        text == beginning || text.ends_with(&format!("/{beginning}")) || text.starts_with(&format!("{beginning}-{{"))
    };
    beginnings.into_iter().any(|beginning| texts.iter().any(|text| fits(text, beginning)))
}

/// `preRunning` of `fixtures/contract/task/preRunning@5.1.snap`.
fn case(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".snap");
    name.split('@').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    const SNAP: &str = "---\nsource: crates/testkit/tests/it/task.rs\nexpression: xml\n---\n<Task/>\n";

    fn what(fixture: &str, test: &str) -> Option<String> {
        let sources = [source("fixtures/contract/task/blocked@5.1.snap", fixture), source("crates/testkit/tests/it/task.rs", test)];
        check(&sources).pop().map(|finding| finding.what)
    }

    #[test]
    fn a_fixture_is_owned_by_the_test_that_names_its_case() {
        assert_eq!(what(SNAP, "golden(\"task/blocked\", &answer)"), None);
        assert_eq!(what(SNAP, "golden(\"blocked\", &answer)"), None);
        assert!(names("golden(format!(\"hosts\", name))", "hosts-host-1") && !names("\"host\"", "hosts-host-1"));
        assert_eq!(what(SNAP, "golden(\"unblocked\", &answer)").unwrap(), "no test names the case `blocked`");
        assert!(what(&SNAP.replace("it/task.rs", "it/gone.rs"), "\"blocked\"").unwrap().contains("does not exist"));
        assert!(what("<Task/>", "\"blocked\"").is_some());
    }
}
