//! `cargo xtask contract`: judges the answers that the tests wrote down by the published schemas, and the fixtures by recordings.
//!
//! Invariant: absent schemas are never silent: a loud skip, or a failure where `VCDSIM_REQUIRE_SCHEMAS=1` asks for them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::flags::Flags;
use crate::process::{command, stream};
use crate::stop::{Done, Stop};
use crate::{setup, workspace};

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &[], 1)?;
    setup::ready()?;
    let dir = flags.rest.first().map_or_else(answers, |dir| workspace::root().join(dir));
    match validate(&dir)? {
        Some(_) => Ok(()),
        None => Err(Stop::usage(format!("no schemas at {}: set VCDSIM_SCHEMAS", workspace::schemas().display()))),
    }
}

/// The folder the tests write answers to: `NNNN.xml` and beside it `NNNN.json` with case, version, media type and status.
pub(crate) fn answers() -> PathBuf {
    workspace::target().join("contract")
}

/// Validates everything below `dir`, and compares the fixtures with recordings; answers the counts, or nothing when there are no schemas.
pub(crate) fn validate(dir: &Path) -> Result<Option<String>, String> {
    let schemas = workspace::schemas();
    if !schemas.is_dir() {
        let missing = format!("the published schemas are not at {}", schemas.display());
        return if workspace::schemas_required() { Err(missing) } else { Ok(None) };
    }
    if workspace::files_with(dir, "xml").is_empty() {
        return Err(format!("there is nothing in {}: the tests wrote no answers down", workspace::shown(dir)));
    }
    let root = workspace::root();
    let mut script = command(setup::python());
    script.arg("-B").arg(root.join("conformance/validate.py")).arg(dir).arg("--schemas").arg(&schemas);
    script.arg("--wire").arg(root.join("crates/wire"));
    Ok(Some(format!("{}; {}", judged(&mut script)?, compare(&schemas)?)))
}

/// Compares the fixtures with recordings, which lie beside the schemas where there are any; answers the counts.
fn compare(schemas: &Path) -> Result<String, String> {
    let recordings = schemas.parent().unwrap_or(schemas);
    if !recordings.join("shapes.tsv").is_file() && !workspace::schemas_required() {
        return Ok(format!("no recordings in {} to compare the fixtures with", recordings.display()));
    }
    let mut script = command(setup::python());
    script.arg("-B").arg(workspace::root().join("conformance/shapes.py")).arg("--contract").arg(recordings);
    judged(&mut script)
}

/// Runs a script that judges something; answers its last line, which has the counts.
fn judged(script: &mut Command) -> Result<String, String> {
    let mut last = String::new();
    let result = stream(script, None, |line| {
        println!("  {line}");
        line.clone_into(&mut last);
    });
    match result {
        Ok(()) => Ok(last),
        // Its last line says how many are not in order, unless it broke down itself.
        Err(error) => Err(if last.is_empty() { error } else { last }),
    }
}
