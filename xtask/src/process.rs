//! Other programs: run, captured, or read line by line under a time limit.
//!
//! Invariant: no program gets a stdin, and none that is given a limit outlives it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::timing::Stopwatch;
use crate::workspace;

/// A command that starts in the workspace root and reads no input.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// Cargo, the same one that runs us. Its own variables are not handed on: they would make it rebuild what has not changed.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_CRATE_NAME" {
            cargo.env_remove(&*name);
        }
    }
    cargo.args(args);
    cargo
}

/// Runs with our own output; an error names the command and its exit.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| unable(command, &error))?;
    judge(command, status)
}

/// Runs and gives back what it printed; its errors stand in the message when it fails.
pub(crate) fn capture(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| unable(command, &error))?;
    judge(command, output.status).map_err(|error| format!("{error}\n{}", String::from_utf8_lossy(&output.stderr).trim_end()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it runs and succeeds; says nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs, hands every line of stdout to `on_line`, and ends it when `limit` is over.
pub(crate) fn stream(command: &mut Command, limit: Option<Duration>, mut on_line: impl FnMut(&str)) -> Result<(), String> {
    let watch = Stopwatch::start();
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| unable(command, &error))?;
    let lines = lines(child.stdout.take());
    loop {
        match next_line(&lines, limit.map(|limit| watch.left_of(limit))) {
            Ok(line) => on_line(&line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Err(format!("`{}` was ended: it ran longer than {} s", named(command), limit.unwrap_or_default().as_secs()));
            }
        }
    }
    let status = child.wait().map_err(|error| unable(command, &error))?;
    judge(command, status)
}

/// The lines of a pipe as they come, read on a thread of their own so that waiting for them can have a limit.
pub(crate) fn lines(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}

fn next_line(lines: &Receiver<String>, left: Option<Duration>) -> Result<String, RecvTimeoutError> {
    match left {
        Some(left) => lines.recv_timeout(left),
        None => lines.recv().map_err(|mpsc::RecvError| RecvTimeoutError::Disconnected),
    }
}

/// Ends a child for good and collects it.
pub(crate) fn end(child: &mut Child) {
    // Both can only fail when it is gone already, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// Asks a process (or, with a negative number, a process group) to end.
pub(crate) fn signal(name: &str, pid: i64) -> bool {
    succeeds(command("kill").args([&format!("-{name}"), "--", &pid.to_string()]))
}

/// The first of `names` that is on the search path.
pub(crate) fn found(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // The administrator's folders are not on everybody's path.
    let folders: Vec<_> = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    names.iter().any(|name| folders.iter().any(|folder| is_file(&folder.join(name))))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file())
}

fn judge(command: &Command, status: ExitStatus) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", named(command))) }
}

fn unable(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` cannot be run: {error}", named(command))
}

fn named(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let words = program.file_name().into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_every_line_and_reports_the_exit() {
        let mut seen = Vec::new();
        let result = stream(command("sh").args(["-c", "echo one; echo two; exit 3"]), None, |line| seen.push(line.to_owned()));
        assert_eq!(seen, ["one", "two"]);
        assert!(result.unwrap_err().contains("exit status: 3"));
    }

    #[test]
    fn a_limit_ends_what_hangs() {
        let result = stream(command("tail").args(["-f", "/dev/null"]), Some(Duration::ZERO), |_| ());
        assert!(result.unwrap_err().contains("longer than 0 s"));
    }

    #[test]
    fn captures_output_and_names_what_cannot_run() {
        assert_eq!(capture(command("echo").arg("hello")).unwrap(), "hello\n");
        assert!(capture(&mut command("no-such-program")).unwrap_err().contains("no-such-program"));
    }
}
