//! `cargo xtask tidy`: the house rules that neither rustc nor clippy can know.
//!
//! Invariant: a check is a pure function from texts to findings, and every finding says where, what, why and what to do.

mod families;
mod files;
mod layers;
mod links;
mod orphans;
mod words;

use std::path::Path;

use crate::flags::Flags;
use crate::stop::Done;
use crate::workspace;

/// A broken rule.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
    pub(crate) rule: &'static Rule,
}

/// A rule: why it exists and what to do when it is broken.
#[derive(Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) why: &'static str,
    pub(crate) fix: &'static str,
}

/// A text file of the workspace.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// A finding in this file; lines count from 1.
    pub(crate) fn finding(&self, line: usize, what: impl Into<String>, rule: &'static Rule) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into(), rule }
    }

    /// Lines with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// Whether the file is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether `cargo xtask codegen` writes it.
    pub(crate) fn is_generated(&self) -> bool {
        self.path.contains("/generated/")
    }

    /// Whether it holds nothing but tests.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    Flags::parse(args, &[], &[], 0)?;
    println!("{}", check()?);
    Ok(())
}

/// Checks everything; prints what is wrong, or answers what was looked at.
pub(crate) fn check() -> Result<String, String> {
    let sources = sources()?;
    let metadata = layers::metadata()?;
    let mut findings = layers::check(&metadata, &sources);
    findings.extend(files::check(&sources));
    findings.extend(families::check(&sources));
    findings.extend(orphans::check(&sources));
    findings.extend(links::check(&sources));
    findings.extend(words::check(&sources));
    for Finding { path, line, what, rule } in &findings {
        println!("{path}:{line}: {what}\n    why: {}\n    do:  {}", rule.why, rule.fix);
    }
    if findings.is_empty() {
        Ok(format!("{} files, {} packages", sources.len(), metadata.len()))
    } else {
        Err(format!("{} findings", findings.len()))
    }
}

/// Every text file that people write or read.
fn sources() -> Result<Vec<Source>, String> {
    const ENDINGS: &[&str] = &["rs", "toml", "md", "py", "yml", "yaml", "snap", "txt"];
    let root = workspace::root();
    let written = |file: &Path| file.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    let mut files = workspace::files(&root);
    files.extend(workspace::files(&root.join(".github")));
    let files = files.into_iter().filter(|file| written(file));
    files.map(|file| Ok(Source { path: workspace::shown(&file), text: workspace::read(&file)? })).collect()
}

#[cfg(test)]
pub(crate) fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_hold_this_file_and_no_build_output() {
        let sources = sources().unwrap();
        assert!(sources.iter().any(|source| source.path == "xtask/src/tidy.rs"));
        assert!(!sources.iter().any(|source| source.path.starts_with("target/")));
    }
}
