//! `cargo xtask codegen`: writes the types of `crates/wire` from the published schemas.
//!
//! Invariant: the same schemas, configuration and additions give the same bytes, and only facts (names, orders, types, versions,
//! media types) pass from the schemas into the project, never their prose.

mod additions;
mod config;
mod emit;
mod emit_table;
mod emit_type;
mod finish;
mod flatten;
mod model;
mod names;
mod qname;
mod select;
mod version;
mod xsd;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the generated files live, relative to the workspace root.
const OUT: &str = "crates/wire/src/generated";

/// Writes the generated files, or with `--check` compares them with what is committed.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let check = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        other => return Err(format!("codegen knows no arguments {other:?}; it takes nothing or --check")),
    };
    let root = workspace_root()?;
    let schemas = schema_dir(&root);
    if !schemas.is_dir() {
        return absent(&schemas, check);
    }
    if check && Command::new("rustfmt").arg("--version").output().is_err() {
        say("SKIPPED: rustfmt is not installed; the generated types were NOT compared with the schemas");
        return Ok(());
    }
    let files = generate(&root, &schemas)?;
    if check { compare(&root, &files) } else { write(&root, &files) }
}

fn workspace_root() -> Result<PathBuf, String> {
    let start = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let start = start.canonicalize().map_err(|error| format!("{}: {error}", start.display()))?;
    start
        .ancestors()
        .find(|dir| dir.join("crates/wire/codegen.toml").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("no crates/wire/codegen.toml above {}", start.display()))
}

fn schema_dir(root: &Path) -> PathBuf {
    std::env::var_os("VCDSIM_SCHEMAS").map_or_else(|| root.join("../shared/contract/schemas"), PathBuf::from)
}

fn absent(schemas: &Path, check: bool) -> Result<(), String> {
    let message = format!("the published schemas are not in {} (set VCDSIM_SCHEMAS)", schemas.display());
    if !check || std::env::var("VCDSIM_REQUIRE_SCHEMAS").is_ok_and(|value| value == "1") {
        return Err(message);
    }
    say(&format!("SKIPPED: {message}; the generated types were NOT compared with them"));
    Ok(())
}

fn generate(root: &Path, schemas: &Path) -> Result<BTreeMap<String, String>, String> {
    let config = config::Config::read(&root.join("crates/wire/codegen.toml"))?;
    let additions = additions::Additions::read(&root.join("crates/wire/additions.toml"))?;
    let texts = xsd::read_files(schemas)?;
    let documents = xsd::parse(&texts)?;
    let schemas = xsd::Schemas::index(&documents)?;
    let model = model::Model::build(&schemas, &config, &additions)?;
    let selection = select::select(&model, &config)?;
    say(&format!("{} types, {} of them also read, {} record types", selection.types.len(), selection.read.len(), selection.records.len()));
    let mut files = emit::emit(&model, &selection)?;
    for text in files.values_mut() {
        *text = rustfmt(root, text)?;
    }
    Ok(files)
}

fn rustfmt(root: &Path, text: &str) -> Result<String, String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("rustfmt does not start ({error}); the generated files are kept in its format"))?;
    let mut input = child.stdin.take().ok_or("rustfmt has no stdin")?;
    let text = text.to_owned();
    let feeder = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(|error| format!("rustfmt: {error}"))?;
    feeder.join().map_err(|_panic| "rustfmt: its feeder broke".to_owned())?.map_err(|error| format!("rustfmt: {error}"))?;
    if !output.status.success() {
        return Err("rustfmt refused generated text; this is a defect of the generator".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| format!("rustfmt: {error}"))
}

fn write(root: &Path, files: &BTreeMap<String, String>) -> Result<(), String> {
    let out = root.join(OUT);
    std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    for stale in present(&out)?.into_iter().filter(|name| !files.contains_key(name)) {
        let path = out.join(&stale);
        std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for (name, text) in files {
        let path = out.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        say(&format!("wrote {OUT}/{name}"));
    }
    Ok(())
}

fn compare(root: &Path, files: &BTreeMap<String, String>) -> Result<(), String> {
    let out = root.join(OUT);
    let mut wrong: Vec<String> = present(&out)?.into_iter().filter(|name| !files.contains_key(name)).collect();
    for (name, text) in files {
        if std::fs::read_to_string(out.join(name)).is_ok_and(|old| old == *text) {
            continue;
        }
        wrong.push(name.clone());
    }
    if wrong.is_empty() {
        say(&format!("{} generated files are what the schemas and the configuration give", files.len()));
        return Ok(());
    }
    Err(format!("{OUT}: {} differ from what the generator gives; run `cargo xtask codegen` and commit the result", wrong.join(", ")))
}

fn present(out: &Path) -> Result<Vec<String>, String> {
    if !out.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(out).map_err(|error| format!("{}: {error}", out.display()))?;
    Ok(entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

fn say(line: &str) {
    println!("codegen: {line}");
}
