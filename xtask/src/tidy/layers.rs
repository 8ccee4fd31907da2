//! The layer table: which package may use which, who owns which heavy dependency, and where the forbidden may be named.
//!
//! Invariant: [`LAYERS`] only ever points upwards in its own order, so the graph has no cycle.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finding, Rule, Source};
use crate::process::{capture, cargo};

/// Package (without the `vcdsim-` prefix) and the packages it may use. A row may only name rows above it.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &[]),
    ("store", &["model"]),
    ("task-engine", &["model", "store"]),
    ("notifier", &["model", "wire", "store"]),
    ("platform", &["model", "store", "task-engine"]),
    ("http", &["model", "wire", "platform"]),
    ("server", &["model", "wire", "store", "task-engine", "notifier", "platform", "http"]),
    ("testkit", &["model", "wire", "store", "task-engine", "notifier", "platform", "http", "server"]),
    ("trials", &["model", "store", "platform", "http", "server", "task-engine"]),
    ("xtask", &[]),
];

/// Dependencies that belong to somebody: prefix of the name, and the packages that may use it.
const OWNED: &[(&str, &[&str])] = &[
    ("sea-orm", &["store", "trials"]),
    ("actix", &["http", "server", "testkit", "trials"]),
    ("lapin", &["notifier", "trials"]),
    ("yaserde", &["wire"]),
    ("clap", &["server"]),
    ("figment", &["server"]),
    ("tracing-subscriber", &["server"]),
];

/// The files that may lift the ban on clocks, sleeps, random ids and spawning, each with what it needs it for.
const LIFTS: &[(&str, &str)] = &[
    ("crates/model/src/clock.rs", "the system clock behind `Clock`"),
    ("crates/store/src/ids.rs", "ids from the operating system behind `IdGen`"),
    ("crates/store/src/writer.rs", "spawns the writer"),
    ("crates/task-engine/src/driver.rs", "spawns the driver and sleeps until the next timer"),
    ("crates/notifier/src/backoff.rs", "broker back-off runs in real time"),
    ("crates/server/src/cli/patience.rs", "a command tries again whether a foreign process listens"),
    ("crates/server/src/control/wait.rs", "callers of the control interface wait in real time"),
    ("crates/server/src/instance.rs", "composition owns the tasks of an instance"),
    ("crates/server/src/listen.rs", "a space owns its listener"),
    ("crates/server/src/messaging.rs", "a socket outlives its request, and its client's silence is measured in real time"),
    ("crates/trials/src/clock.rs", "measures speed and chooses moments to crash in real time"),
    ("xtask/src/timing.rs", "measures steps"),
    ("xtask/src/broker.rs", "waits for a foreign process"),
];

const WORKSPACE_KEYS: &[&str] = &["version", "edition", "rust-version", "license", "repository", "publish"];

const UPWARDS: Rule = Rule {
    why: "the crates form a strict layered graph (ARCHITECTURE.md)",
    fix: "move the code to the layer that may, or change the table in xtask/src/tidy/layers.rs with a decision record",
};
const HEAVY: Rule = Rule {
    why: "a heavy dependency has one owner, so that it can be changed in one place and is not compiled into the rest",
    fix: "go through the owning crate's own API",
};
const INHERIT: Rule = Rule {
    why: "versions, lints and package facts stand once, in the workspace Cargo.toml",
    fix: "write `NAME.workspace = true`, and `workspace = true` below `[lints]`",
};
const LIFT: Rule = Rule {
    why: "clock, ids, sleeping and spawning are injected; only named files touch the real ones",
    fix: "take `Clock` or `IdGen` as a value, or add the file with its reason to LIFTS in xtask/src/tidy/layers.rs",
};
const UNKNOWN: Rule = Rule { why: "every package has a place in the layered graph", fix: "add it to LAYERS in xtask/src/tidy/layers.rs" };

/// A package and what it depends on, as cargo sees it.
#[derive(Debug)]
pub(crate) struct Package {
    name: String,
    manifest: String,
    dependencies: Vec<String>,
}

/// Asks cargo for the packages of the workspace.
pub(crate) fn metadata() -> Result<Vec<Package>, String> {
    let text = capture(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let package = |value: &Value| Package {
        name: text(&value["name"]).trim_start_matches("vcdsim-").to_owned(),
        manifest: crate::workspace::shown(text(&value["manifest_path"]).as_ref()),
        dependencies: list(&value["dependencies"]).iter().map(|dependency| text(&dependency["name"])).collect(),
    };
    Ok(list(&json["packages"]).iter().map(package).collect())
}

/// Every finding about layers, owners, inheritance and lifted bans.
pub(crate) fn check(packages: &[Package], sources: &[Source]) -> Vec<Finding> {
    let manifests: BTreeMap<&str, &Source> = sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let mut findings = Vec::new();
    for package in packages {
        let Some(manifest) = manifests.get(package.manifest.as_str()) else { continue };
        findings.extend(edges(package, manifest));
        findings.extend(inheritance(manifest));
    }
    findings.extend(sources.iter().filter(|source| source.is_rust()).flat_map(lifts));
    findings
}

fn edges(package: &Package, manifest: &Source) -> Vec<Finding> {
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
        return vec![manifest.finding(1, format!("package {} is not in the layer table", package.name), &UNKNOWN)];
    };
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let line = manifest.numbered().find(|(_, line)| line.starts_with(dependency.as_str())).map_or(1, |(at, _)| at);
        if let Some(ours) = dependency.strip_prefix("vcdsim-") {
            if !allowed.contains(&ours) {
                findings.push(manifest.finding(line, format!("{} must not use {ours}", package.name), &UPWARDS));
            }
        } else if let Some((_, owners)) = OWNED.iter().find(|(prefix, _)| dependency.starts_with(prefix))
            && !owners.contains(&package.name.as_str())
        {
            findings.push(manifest.finding(
                line,
                format!("{} must not use {dependency}; it belongs to {}", package.name, owners.join(", ")),
                &HEAVY,
            ));
        }
    }
    findings
}

fn inheritance(manifest: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in WORKSPACE_KEYS {
        if !manifest.text.contains(&format!("\n{key}.workspace = true\n")) {
            findings.push(manifest.finding(1, format!("`{key}` is not inherited from the workspace"), &INHERIT));
        }
    }
    let mut section = "";
    let mut lints = false;
    for (at, line) in manifest.numbered() {
        if line.starts_with('[') {
            section = line;
        } else if section == "[lints]" {
            lints |= line == "workspace = true";
        } else if section.ends_with("dependencies]") && !line.is_empty() && !line.starts_with('#') && !line.contains("workspace = true") {
            findings.push(manifest.finding(at, format!("a dependency with facts of its own: {line}"), &INHERIT));
        }
    }
    if !lints {
        findings.push(manifest.finding(1, "the workspace lints are not inherited", &INHERIT));
    }
    findings
}

fn lifts(source: &Source) -> Vec<Finding> {
    if LIFTS.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    // Split, so that this line does not find itself.
    let lifted = concat!("clippy::", "disallowed_methods");
    source
        .numbered()
        .filter(|(_, line)| line.contains(lifted))
        .map(|(at, _)| source.finding(at, "the ban on real time, ids or spawning is lifted here", &LIFT))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package { name: name.into(), manifest: "Cargo.toml".into(), dependencies: dependencies.iter().map(|&d| d.to_owned()).collect() }
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (at, (name, uses)) in LAYERS.iter().enumerate() {
            for used in *uses {
                assert!(LAYERS[..at].iter().any(|(above, _)| above == used), "{name} uses {used}, which is not above it");
            }
        }
    }

    #[test]
    fn an_edge_upwards_and_a_stolen_dependency_are_found() {
        let manifest = source("Cargo.toml", "[dependencies]\nvcdsim-store.workspace = true\nsea-orm.workspace = true\n");
        let found = edges(&package("http", &["vcdsim-store", "sea-orm", "serde"]), &manifest);
        let found: Vec<_> = found.iter().map(|finding| (finding.line, finding.what.as_str())).collect();
        assert_eq!(found, [(2, "http must not use store"), (3, "http must not use sea-orm; it belongs to store, trials")]);
        assert!(edges(&package("store", &["vcdsim-model", "sea-orm-migration"]), &manifest).is_empty());
        assert_eq!(edges(&package("stranger", &[]), &manifest).len(), 1);
    }

    #[test]
    fn own_versions_and_missing_lints_are_found() {
        let keys: String = WORKSPACE_KEYS.iter().map(|key| format!("{key}.workspace = true\n")).collect();
        let good = format!("[package]\n{keys}\n[lints]\nworkspace = true\n\n[dependencies]\nserde.workspace = true\n");
        assert!(inheritance(&source("a", &good)).is_empty());
        let bad = good.replace("serde.workspace = true", "serde = \"1\"").replace("[lints]\nworkspace = true\n", "");
        assert_eq!(inheritance(&source("a", &bad)).len(), 2);
    }

    #[test]
    fn a_lifted_ban_is_found_unless_the_file_is_named() {
        let text = format!("#[expect({}, reason = \"\")]", concat!("clippy::", "disallowed_methods"));
        assert_eq!(lifts(&source("crates/http/src/lib.rs", &text)).len(), 1);
        assert!(lifts(&source("crates/model/src/clock.rs", &text)).is_empty());
    }
}
