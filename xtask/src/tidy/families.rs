//! One family, one name: a family's file has the same name in every crate it touches.
//!
//! Invariant: the families are the files of `crates/model/src/family`; whatever else lies among families is listed here with its reason.

use super::{Finding, Rule, Source};

const FAMILIES: &str = "crates/model/src/family/";

/// The folders in which each file belongs to a family.
const PLACES: &[&str] = &["crates/platform/src/family/", "crates/http/src/route/", "crates/http/src/view/"];

/// Files among families that belong to no single one of them.
const EXEMPT: &[(&str, &str)] = &[
    ("admin", "the administration root, which only lists other families"),
    ("blocking_task", "a state of tasks; its rules are in model/src/blocking.rs"),
    ("cloudapi", "the JSON interface beside the documents"),
    ("entity", "the entity resolver, for all kinds"),
    ("error", "the document of every fault"),
    ("extension", "the extension root, which only lists other families"),
    ("query", "the query service, for all kinds"),
    ("record", "query records, for all kinds"),
    ("right", "rights are a table, not objects"),
    ("section", "parts shared by vApps, VMs and templates"),
    ("task", "the machine itself; its rules are in model/src/task.rs"),
    ("versions", "what is asked before there is a session"),
];

const NAME: Rule = Rule {
    why: "one family has one file of the same name in each crate, so that it is found without searching",
    fix: "name it after its file in crates/model/src/family, or list it with a reason in xtask/src/tidy/families.rs",
};

/// Files that bear no family's name.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let families: Vec<&str> = sources.iter().filter_map(|source| name_in(FAMILIES, &source.path)).collect();
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        for place in PLACES {
            let Some(name) = name_in(place, &source.path) else { continue };
            if !families.contains(&name) && !EXEMPT.iter().any(|(exempt, _)| *exempt == name) {
                findings.push(source.finding(1, format!("there is no family `{name}`"), &NAME));
            }
        }
    }
    findings
}

/// The family a path below `place` belongs to: its first name there, whether file or folder.
fn name_in<'a>(place: &str, path: &'a str) -> Option<&'a str> {
    let below = path.strip_prefix(place)?;
    Some(below.split('/').next()?.trim_end_matches(".rs"))
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn only_families_and_named_exceptions_lie_among_families() {
        let paths = [
            "crates/model/src/family/vapp.rs",
            "crates/http/src/route/vapp.rs",
            "crates/http/src/view/vapp/network.rs",
            "crates/http/src/route/query.rs",
            "crates/http/src/route/vapps.rs",
            "crates/http/src/router.rs",
        ];
        let sources: Vec<Source> = paths.iter().map(|path| source(path, "")).collect();
        let found: Vec<String> = check(&sources).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["crates/http/src/route/vapps.rs"]);
    }
}
