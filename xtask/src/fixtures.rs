//! `cargo xtask fixtures`: the contract fixtures, checked, accepted, and exported for other languages' suites.
//!
//! Invariant: a fixture's path says what it is: `fixtures/contract/<family>/<case>@<version>.snap`, `fixtures/notify/<case>.snap`.

pub(crate) mod snap;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::flags::Flags;
use crate::stop::Done;
use crate::workspace;
use snap::Snapshot;

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &["--check", "--accept"], &["--export"], 0)?;
    if flags.has("--accept") {
        accept()?;
    }
    println!("{}", check()?);
    if let Some(dir) = flags.value("--export") {
        let dir = workspace::root().join(dir);
        println!("{} files in {}", export(&dir)?, dir.display());
    }
    Ok(())
}

/// A fixture: where it lies and what its path and its header say.
#[derive(Debug)]
struct Fixture {
    path: PathBuf,
    /// `task/blocked` or `notify/blockingtask-create`.
    name: String,
    /// Empty for messages.
    family: String,
    /// Empty for messages: they have no version.
    version: String,
    snapshot: Snapshot,
}

/// Checks every fixture; answers the counts.
pub(crate) fn check() -> Result<String, String> {
    let pending = pending();
    let mut wrong: Vec<String> = pending
        .iter()
        .map(|file| format!("{}: waits for a decision; look at it, then `cargo xtask fixtures --accept`", workspace::shown(file)))
        .collect();
    let mut counts = (0, 0);
    for read in all() {
        match read.and_then(|fixture| sound(&fixture).map(|()| fixture)) {
            Ok(fixture) if fixture.family.is_empty() => counts.1 += 1,
            Ok(_) => counts.0 += 1,
            Err(error) => wrong.push(error),
        }
    }
    for line in &wrong {
        println!("  {line}");
    }
    if wrong.is_empty() {
        Ok(format!("{} documents, {} messages", counts.0, counts.1))
    } else {
        Err(format!("{} fixtures are not in order", wrong.len()))
    }
}

/// Writes every fixture as a plain file below `dir`, with an `index.json`; answers how many.
pub(crate) fn export(dir: &Path) -> Result<usize, String> {
    workspace::empty_dir(dir)?;
    let fixtures = all().into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut index = Vec::new();
    for fixture in &fixtures {
        let version = if fixture.version.is_empty() { String::new() } else { format!("@{}", fixture.version) };
        let file = format!("{}{version}.{}", fixture.name, fixture.snapshot.extension());
        workspace::write(&dir.join(&file), &fixture.snapshot.body)?;
        index.push(entry(fixture, &file));
    }
    let text = serde_json::to_string_pretty(&Value::Array(index)).map_err(|error| error.to_string())?;
    workspace::write(&dir.join("index.json"), &format!("{text}\n"))?;
    Ok(fixtures.len())
}

fn entry(fixture: &Fixture, file: &str) -> Value {
    let origin = fixture.snapshot.origin().unwrap_or_default();
    json!({
        "name": fixture.name,
        "family": fixture.family,
        "version": fixture.version,
        "mediaType": origin.media_type,
        "provenance": origin.provenance,
        "source": fixture.snapshot.source(),
        "file": file,
    })
}

/// Takes over what the last test run proposed.
fn accept() -> Result<(), String> {
    for file in pending() {
        let fixture = file.with_extension("");
        let snapshot = Snapshot::parse(&workspace::read(&file)?).map_err(|error| format!("{}: {error}", workspace::shown(&file)))?;
        workspace::write(&fixture, &snapshot.for_keeping())?;
        fs::remove_file(&file).map_err(|error| format!("cannot remove {}: {error}", workspace::shown(&file)))?;
        println!("accepted {}", workspace::shown(&fixture));
    }
    Ok(())
}

fn pending() -> Vec<PathBuf> {
    let root = workspace::root();
    let folders = [root.join("fixtures"), root.join("crates")];
    folders.iter().flat_map(|folder| workspace::files(folder)).filter(|file| file.to_string_lossy().ends_with(".snap.new")).collect()
}

fn all() -> Vec<Result<Fixture, String>> {
    let fixtures = workspace::root().join("fixtures");
    let files = ["contract", "notify"].map(|folder| workspace::files_with(&fixtures.join(folder), "snap"));
    files.into_iter().flatten().map(|path| workspace::read(&path).and_then(|text| read(path, &text))).collect()
}

fn read(path: PathBuf, text: &str) -> Result<Fixture, String> {
    let shown = workspace::shown(&path);
    let snapshot = Snapshot::parse(text).map_err(|error| format!("{shown}: {error}"))?;
    let place = shown.trim_start_matches("fixtures/").trim_end_matches(".snap").to_owned();
    let (name, family, version) = match place.strip_prefix("contract/") {
        None => (place, String::new(), String::new()),
        Some(place) => {
            let (name, version) = place.rsplit_once('@').ok_or_else(|| format!("{shown}: its name has no @version"))?;
            let (family, _) = name.split_once('/').ok_or_else(|| format!("{shown}: it lies in no family's folder"))?;
            (name.to_owned(), family.to_owned(), version.to_owned())
        }
    };
    Ok(Fixture { path, name, family, version, snapshot })
}

fn sound(fixture: &Fixture) -> Result<(), String> {
    let wrong = |what: String| format!("{}: {what}", workspace::shown(&fixture.path));
    if !fixture.family.is_empty() && !is_version(&fixture.version) {
        return Err(wrong(format!("`{}` is no API version", fixture.version)));
    }
    fixture.snapshot.origin().map_err(&wrong)?;
    match fixture.snapshot.extension() {
        "xml" => roxmltree::Document::parse(&fixture.snapshot.body).map(drop).map_err(|error| wrong(format!("not well-formed: {error}"))),
        "json" => serde_json::from_str::<Value>(&fixture.snapshot.body).map(drop).map_err(|error| wrong(format!("not JSON: {error}"))),
        _ => Ok(()),
    }
}

fn is_version(text: &str) -> bool {
    text.split_once('.')
        .is_some_and(|(major, minor)| [major, minor].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "---\nsource: a.rs\ndescription: documented; application/vnd.vmware.vcloud.task+xml\n---\n<Task/>\n";

    fn at(path: &str, text: &str) -> Result<Fixture, String> {
        read(workspace::root().join(path), text).and_then(|fixture| sound(&fixture).map(|()| fixture))
    }

    #[test]
    fn the_path_says_family_case_and_version() {
        let fixture = at("fixtures/contract/task/blocked@5.1.snap", GOOD).unwrap();
        assert_eq!((fixture.name.as_str(), fixture.family.as_str(), fixture.version.as_str()), ("task/blocked", "task", "5.1"));
        assert_eq!(entry(&fixture, "f.xml")["mediaType"], "application/vnd.vmware.vcloud.task+xml");
        let message = at("fixtures/notify/task-create.snap", GOOD).unwrap();
        assert_eq!((message.name.as_str(), message.family.as_str()), ("notify/task-create", ""));
    }

    #[test]
    fn what_is_not_in_order_is_named() {
        assert!(at("fixtures/contract/task/blocked.snap", GOOD).unwrap_err().contains("no @version"));
        assert!(at("fixtures/contract/task/blocked@new.snap", GOOD).unwrap_err().contains("no API version"));
        assert!(at("fixtures/contract/blocked@5.1.snap", GOOD).unwrap_err().contains("no family"));
        let path = "fixtures/contract/task/blocked@5.1.snap";
        assert!(at(path, &GOOD.replace("<Task/>", "<Task>")).unwrap_err().contains("not well-formed"));
        assert!(at(path, &GOOD.replace("documented", "guessed")).unwrap_err().contains("`guessed`"));
    }
}
