//! `cargo xtask dist`: what a release publishes: one archive per platform, and its checksum.
//!
//! Invariant: the archive holds the server, its licence and its readme, and nothing else.

use std::fs;
use std::path::Path;

use crate::flags::Flags;
use crate::process::{capture, cargo, command, run as run_command};
use crate::stop::Done;
use crate::workspace;

/// What lies beside the binary.
const COMPANIONS: &[&str] = &["LICENSE", "README.md", "CHANGELOG.md"];

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    Flags::parse(args, &[], &[], 0)?;
    let name = format!("vcdsim-{}-{}", version()?, host()?);
    println!("building {name} with the dist profile; link-time optimisation takes minutes");
    run_command(&mut cargo(&["build", "--locked", "--profile", "dist", "--package", "vcdsim-server"]))?;
    let dist = workspace::target().join("distribution");
    workspace::empty_dir(&dist)?;
    let folder = dist.join(&name);
    copy(&workspace::target().join("dist/vcdsim"), &folder.join("vcdsim"))?;
    for companion in COMPANIONS {
        copy(&workspace::root().join(companion), &folder.join(companion))?;
    }
    let archive = format!("{name}.tar.gz");
    run_command(command("tar").current_dir(&dist).args(["--owner=0", "--group=0", "--sort=name", "-czf", &archive, &name]))?;
    let sum = capture(command("sha256sum").current_dir(&dist).arg(&archive))?;
    workspace::write(&dist.join(format!("{archive}.sha256")), &sum)?;
    println!("{}: {}", workspace::shown(&dist.join(&archive)), sum.trim());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::copy(from, to)).map(drop).map_err(|error| format!("cannot copy {}: {error}", workspace::shown(from)))
}

fn version() -> Result<String, String> {
    let manifest = workspace::read(&workspace::root().join("Cargo.toml"))?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = "));
    line.map(|version| version.trim_matches('"').to_owned()).ok_or_else(|| "the workspace has no version".into())
}

fn host() -> Result<String, String> {
    let facts = capture(command("rustc").arg("-vV"))?;
    let line = facts.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or_else(|| "rustc does not say what it builds for".into())
}
