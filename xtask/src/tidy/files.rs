//! Rules about single files: how they open, how long they may be, how long a handler may be, where modules lie.
//!
//! Invariant: generated files and pure test files are only asked for what makes sense for them.

use super::{Finding, Rule, Source};

const MOST_LINES: usize = 400;
const MOST_HANDLER_LINES: usize = 25;

const OPENING: Rule = Rule {
    why: "a reader learns from the first lines what a module owns and what always holds",
    fix: "open it with `//!`: what it owns, and one invariant",
};
const LENGTH: Rule = Rule { why: "what does not fit in a head gets no review", fix: "split it by verb: `foo.rs` and `foo/bar.rs`" };
const HANDLER: Rule = Rule { why: "http translates and decides nothing", fix: "move the decision to platform, the document to the view" };
const MODULE: Rule = Rule { why: "ten tabs named mod.rs look alike", fix: "name it after its folder: `foo.rs` beside `foo/`" };

/// Every finding about single files.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    sources.iter().filter(|source| source.is_rust() && !source.is_generated()).flat_map(check_one).collect()
}

fn check_one(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !source.text.trim_start().starts_with("//!") {
        findings.push(source.finding(1, "the module does not say what it is", &OPENING));
    }
    let lines = code_lines(&source.text);
    if lines > MOST_LINES && !source.is_test() {
        findings.push(source.finding(MOST_LINES, format!("{lines} lines without tests; at most {MOST_LINES}"), &LENGTH));
    }
    if source.path.ends_with("/mod.rs") && !source.is_test() {
        findings.push(source.finding(1, "a file named mod.rs", &MODULE));
    }
    if source.path.starts_with("crates/http/src/route") {
        findings.extend(long_handlers(source));
    }
    findings
}

/// Lines before the test module that ends a file.
fn code_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].trim_end().ends_with("mod tests {"));
    tests.unwrap_or(lines.len())
}

/// Async functions of more than 25 lines. Relies on rustfmt: a body ends with `}` at the indentation of its `fn`.
fn long_handlers(source: &Source) -> Vec<Finding> {
    let lines: Vec<&str> = source.text.lines().take(code_lines(&source.text)).collect();
    let mut findings = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let body = line.trim_start();
        let declared =
            ["async fn ", "pub async fn ", "pub(crate) async fn ", "pub(super) async fn "].iter().any(|start| body.starts_with(start));
        if !declared {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - body.len()]);
        let length = lines[at..].iter().position(|line| *line == end).map_or(1, |end| end + 1);
        if length > MOST_HANDLER_LINES {
            findings.push(source.finding(at + 1, format!("a handler of {length} lines; at most {MOST_HANDLER_LINES}"), &HANDLER));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn whats(path: &str, text: &str) -> Vec<&'static str> {
        check(&[source(path, text)]).iter().map(|finding| finding.rule.why).collect()
    }

    #[test]
    fn a_module_must_say_what_it_is() {
        assert_eq!(whats("crates/model/src/a.rs", "fn f() {}\n"), [OPENING.why]);
        assert!(whats("crates/model/src/a.rs", "//! A.\n").is_empty());
        assert!(whats("crates/wire/src/generated/a.rs", "fn f() {}\n").is_empty());
    }

    #[test]
    fn tests_do_not_count_as_lines() {
        let code = format!("//! A.\n{}", "// code\n".repeat(398));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "// test\n".repeat(100));
        assert!(whats("crates/model/src/a.rs", &format!("{code}{tests}")).is_empty());
        assert_eq!(whats("crates/model/src/a.rs", &format!("{code}// more\n// more\n{tests}")), [LENGTH.why]);
        assert!(whats("crates/testkit/tests/it/a.rs", &format!("{code}{code}")).is_empty());
    }

    #[test]
    fn long_handlers_are_found_where_handlers_live() {
        let text = format!("//! A.\nasync fn get() {{\n{}}}\nasync fn put() {{\n    x();\n}}\n", "    x();\n".repeat(24));
        assert_eq!(whats("crates/http/src/route/task.rs", &text), [HANDLER.why]);
        assert!(whats("crates/http/src/cx.rs", &text).is_empty());
    }

    #[test]
    fn mod_rs_is_for_test_folders_only() {
        assert_eq!(whats("crates/http/src/route/mod.rs", "//! A.\n"), [MODULE.why]);
        assert!(whats("crates/testkit/tests/it/mod.rs", "//! A.\n").is_empty());
    }
}
