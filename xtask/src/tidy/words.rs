//! Words that do not belong into the project.
//!
//! Invariant: each entry says what to write instead; this file alone may name them.

use super::{Finding, Rule, Source};

/// A text that is not wanted, and its rule.
const BANNED: &[(&str, Rule)] = &[
    ("TODO", NOTE),
    ("FIXME", NOTE),
    ("XXX", NOTE),
    ("/home/", PLACE),
    ("/root/", PLACE),
    ("/tmp/", PLACE),
    ("/Users/", PLACE),
    ("#[allow(", ALLOW),
    ("#![allow(", ALLOW),
    ("insta::with_settings!({filters", REDACTION),
    ("add_redaction", REDACTION),
];

const NOTE: Rule = Rule { why: "a note to oneself in the code is read by nobody", fix: "open an issue, or do it" };
const PLACE: Rule = Rule {
    why: "a path of one machine means nothing on another",
    fix: "write a path relative to the checkout, or take it from the configuration",
};
const ALLOW: Rule = Rule { why: "an allowance outlives its cause", fix: "write `#[expect(lint, reason = \"..\")]`" };
const REDACTION: Rule =
    Rule { why: "fixtures are whole documents: clock and ids are injected, so nothing needs hiding", fix: "make the value deterministic" };

/// Where banned words occur.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path != "xtask/src/tidy/words.rs") {
        for (at, line) in source.numbered() {
            for (word, rule) in BANNED {
                if line.contains(word) {
                    findings.push(source.finding(at, format!("`{word}`"), rule));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn names_the_line_and_the_word() {
        let found = check(&[source("a.rs", "//! A.\n// TODO: later\n"), source("xtask/src/tidy/words.rs", "TODO")]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].what.as_str()), (2, "`TODO`"));
    }
}
