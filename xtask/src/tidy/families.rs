//! One family, one name: a family's file has the same name in every crate it touches.
//!
//! Invariant: the families are the files of `crates/model/src/family`; whatever else lies among families is listed here with its reason.

use super::{Finding, Rule, Source};

const FAMILIES: &str = "crates/model/src/family/";

/// A folder in which each file belongs to a family, and the files there that serve all of them.
struct Place {
    folder: &'static str,
    shared: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place { folder: "crates/platform/src/", shared: &["lib", "access", "cloud", "graph", "operations", "quota", "seed", "visibility"] },
    Place { folder: "crates/http/src/route/", shared: &[] },
    Place { folder: "crates/http/src/view/", shared: &["links", "reference", "section"] },
];

/// Names that every crate may use for what cuts across the families.
const ACROSS: &[(&str, &str)] = &[
    ("admin", "the administration root, which only lists other families"),
    ("announce", "events beside those of the table of operations, of all kinds"),
    ("blocking_task", "a state of tasks; its rules are in model/src/blocking.rs"),
    ("change", "changes that are no tasks, for all kinds"),
    ("clock", "time that is moved by hand"),
    ("consequence", "events that follow from what became of an object, of all kinds"),
    ("context", "whom a request is made for"),
    ("entity", "the entity resolver, for all kinds"),
    ("error", "the document of every fault"),
    ("explain", "why requests are refused, of all kinds"),
    ("extension", "the extension root, which only lists other families"),
    ("hand", "tasks in a developer's hand; the rules are in model/src/plan.rs"),
    ("lease", "how long vApps may run, and they and templates are kept; its rules are in model/src/lease.rs"),
    ("metadata", "for all kinds that have it"),
    ("mishap", "faults that somebody ordered, for all kinds; their rules are in model/src/mishap.rs"),
    ("name", "that no two objects have one name, for all kinds"),
    ("owner", "whose an object is, for all kinds"),
    ("product", "what products say, of vApps, templates and their machines"),
    ("query", "the query service, for all kinds"),
    ("record", "query records, for all kinds"),
    ("right", "rights are a table, not objects"),
    ("files", "the files of templates and images alike"),
    ("snapshot", "what is kept of vApps and machines alike; its rules are in model/src/snapshot.rs"),
    ("task", "the machine itself; its rules are in model/src/task.rs"),
    ("sharing", "for all kinds that are shared"),
    ("transfer", "files on their way into templates and images"),
    ("version", "what is asked before there is a session"),
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
            let Some(name) = name_in(place.folder, &source.path) else { continue };
            let known = families.contains(&name) || place.shared.contains(&name) || ACROSS.iter().any(|(across, _)| *across == name);
            if !known {
                findings.push(source.finding(1, format!("there is no family `{name}`"), &NAME));
            }
        }
    }
    findings
}

/// The family a path below `folder` belongs to: its first name there, whether file or folder.
fn name_in<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    let below = path.strip_prefix(folder)?;
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
