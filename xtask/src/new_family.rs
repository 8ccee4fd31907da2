//! `cargo xtask new-family NAME`: the stub files of a resource family and their `mod` lines.
//!
//! Invariant: nothing that exists is overwritten, and what is written compiles.

use crate::flags::Flags;
use crate::stop::{Done, Stop};
use crate::workspace;

/// A crate's part in a family: its folder, the file that declares the modules, and what the stub says of itself.
struct Part {
    folder: &'static str,
    parent: &'static str,
    says: &'static str,
}

const PARTS: &[Part] = &[
    Part {
        folder: "crates/model/src/family",
        parent: "crates/model/src/family.rs",
        says: "its body, graph, actions and links. Invariant: it knows other families only by id and URN.",
    },
    Part {
        folder: "crates/platform/src",
        parent: "crates/platform/src/lib.rs",
        says: "reads, and the operations behind its actions. Invariant: whatever is written was admitted by an action.",
    },
    Part {
        folder: "crates/http/src/view",
        parent: "crates/http/src/view.rs",
        says: "from graph to document and back. Invariant: pure, and no link that its actions would refuse.",
    },
    Part {
        folder: "crates/http/src/route",
        parent: "crates/http/src/route.rs",
        says: "its routes. Invariant: a handler translates and decides nothing.",
    },
];

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &[], 1)?;
    let name = flags.rest.first().ok_or_else(|| Stop::usage("name the family, such as `affinity_rule`"))?;
    if !is_module_name(name) {
        return Err(Stop::usage(format!("`{name}` is no module name: lower case words joined by `_`")));
    }
    let root = workspace::root();
    if let Some(part) = PARTS.iter().find(|part| root.join(format!("{}/{name}.rs", part.folder)).exists()) {
        return Err(format!("{}/{name}.rs exists already", part.folder).into());
    }
    for part in PARTS {
        let parent = root.join(part.parent);
        let declared = with_module(&workspace::read(&parent)?, name).ok_or_else(|| format!("{} declares no modules", part.parent))?;
        let file = format!("{}/{name}.rs", part.folder);
        workspace::write(&root.join(&file), &format!("//! `{name}`: {}\n", part.says))?;
        workspace::write(&parent, &declared)?;
        println!("wrote {file}");
    }
    println!("\nNext: docs/contributing/adding-a-family.md. Root types of its documents go into crates/wire/codegen.toml.");
    Ok(())
}

fn is_module_name(name: &str) -> bool {
    !name.is_empty() && name.split('_').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// The text with `mod NAME;` among its module lines, in order and as visible as they are.
fn with_module(text: &str, name: &str) -> Option<String> {
    let module =
        |line: &str| line.strip_suffix(';').and_then(|line| line.rsplit_once("mod ")).map(|(how, name)| (how.to_owned(), name.to_owned()));
    let lines: Vec<&str> = text.lines().collect();
    let (first, how) = lines.iter().enumerate().find_map(|(at, line)| Some((at, module(line)?.0)))?;
    let run = lines[first..].iter().take_while(|line| module(line).is_some()).count();
    let before = lines[first..first + run].iter().take_while(|line| module(line).is_some_and(|(_, known)| known.as_str() < name)).count();
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    lines.insert(first + before, format!("{how}mod {name};"));
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_lines_stay_sorted_and_as_visible_as_they_were() {
        let text = "//! F.\n\npub mod catalog;\npub mod vdc;\n\nuse a::b;\n";
        assert_eq!(with_module(text, "disk").unwrap(), "//! F.\n\npub mod catalog;\npub mod disk;\npub mod vdc;\n\nuse a::b;\n");
        assert_eq!(with_module(text, "zone").unwrap(), "//! F.\n\npub mod catalog;\npub mod vdc;\npub mod zone;\n\nuse a::b;\n");
        assert_eq!(with_module("//! F.\n", "disk"), None);
    }

    #[test]
    fn only_module_names_are_names() {
        assert!(is_module_name("affinity_rule"));
        for name in ["", "Disk", "disk-two", "_disk", "../disk"] {
            assert!(!is_module_name(name), "{name}");
        }
    }
}
