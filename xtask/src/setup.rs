//! `cargo xtask setup`: installs what the tests need beyond the Rust toolchain, and nothing that is there already.
//!
//! Invariant: nothing is installed without a line that names it and its reason; Python packages only go into `target/venv`.

use std::fs;
use std::path::PathBuf;

use crate::flags::Flags;
use crate::process::{capture, command, found, run as run_command, succeeds};
use crate::stop::Done;
use crate::{broker, workspace};

/// A Debian package, what it is for, and how to see that it (or its like) is there.
struct Need {
    package: &'static str,
    why: &'static str,
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "rabbitmq-server", why: "the real broker that the notification tests publish to", present: broker::installed },
    Need { package: "curl", why: "plays the tour of the README", present: || found(&["curl"]) },
    Need { package: "python3", why: "runs the real clients and the schema validation", present: python_is_there },
    Need { package: "python3-venv", why: "keeps the client packages out of the system", present: venv_works },
];

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    Flags::parse(args, &[], &[], 0)?;
    println!("{}", ready()?);
    Ok(())
}

/// Makes sure that everything is there; answers one line that says so.
pub(crate) fn ready() -> Result<String, String> {
    packages()?;
    Ok(format!("{}, {}", broker::version(), venv()?))
}

fn packages() -> Result<(), String> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("  needs {}: {}", need.package, need.why);
    }
    let names: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let names = names.join(" ");
    if !found(&["apt-get"]) {
        return Err(format!("this is not a Debian system, so please install these yourself: {names}"));
    }
    install(&names)?;
    match missing.iter().find(|need| !(need.present)()) {
        None => Ok(()),
        Some(need) => Err(format!("{} is installed, yet what it is for does not work: {}", need.package, need.why)),
    }
}

fn install(names: &str) -> Result<(), String> {
    let root = capture(command("id").arg("-u"))?.trim() == "0";
    if !root && !found(&["sudo"]) {
        return Err(format!("neither root nor sudo here; please run: apt-get install {names}"));
    }
    println!("  installing with apt-get: {names}");
    let script = format!("apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends {names}");
    let mut shell = if root { command("sh") } else { command("sudo") };
    if !root {
        shell.arg("sh");
    }
    run_command(shell.args(["-c", &script]))
}

fn python_is_there() -> bool {
    // 3.11 is what Debian 12 has, and the first that reads TOML.
    succeeds(command("python3").args(["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]))
}

fn venv_works() -> bool {
    succeeds(command("python3").args(["-c", "import venv, ensurepip"]))
}

/// The Python of the private environment.
pub(crate) fn python() -> PathBuf {
    workspace::target().join("venv/bin/python")
}

/// Makes the private environment hold exactly `conformance/requirements.txt`; made anew when that file changes.
fn venv() -> Result<String, String> {
    let wanted = workspace::read(&workspace::root().join("conformance/requirements.txt"))?;
    let dir = workspace::target().join("venv");
    let stamp = dir.join("requirements.txt");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) || !succeeds(command(python()).arg("--version")) {
        println!("  target/venv: the client packages of conformance/requirements.txt, for the client runs and the schema validation");
        workspace::empty_dir(&dir)?;
        run_command(command("python3").args(["-m", "venv"]).arg(&dir))?;
        let requirements = workspace::root().join("conformance/requirements.txt");
        run_command(command(python()).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements))?;
        workspace::write(&stamp, &wanted)?;
    }
    let packages = wanted.lines().filter(|line| line.contains("==")).count();
    Ok(format!("{} with {packages} pinned packages", capture(command(python()).arg("--version"))?.trim()))
}
