//! Links between the pages.
//!
//! Invariant: a relative link in a Markdown file leads to a file of the workspace.

use std::path::{Component, Path, PathBuf};

use super::{Finding, Rule, Source};
use crate::workspace;

const DEAD: Rule = Rule { why: "a reader who follows a dead link gives up", fix: "correct the path, or take the link out" };

/// Links that lead nowhere.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let root = workspace::root();
    let pages = sources.iter().filter(|source| source.path.ends_with(".md"));
    pages.flat_map(|page| dead(page, |target| root.join(target).exists())).collect()
}

fn dead(page: &Source, exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    let mut code = false;
    for (at, line) in page.numbered() {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        for link in line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let path = link.split('#').next().unwrap_or(link);
            if !path.is_empty() && !path.contains("://") && !exists(&plain(&folder.join(path))) {
                findings.push(page.finding(at, format!("`{link}` leads nowhere"), &DEAD));
            }
        }
    }
    findings
}

/// The path without `..` in its middle.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn relative_links_are_followed_from_their_page() {
        let text = "[a](../b.md#part) and [c](gone.md), [d](https://example.org)\n```\n[e](code.md)\n```\n";
        let found = dead(&source("docs/user/page.md", text), |path| path == Path::new("docs/b.md"));
        let found: Vec<_> = found.iter().map(|finding| (finding.line, finding.what.as_str())).collect();
        assert_eq!(found, [(1, "`gone.md` leads nowhere")]);
    }
}
