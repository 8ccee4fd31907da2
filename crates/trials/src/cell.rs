//! The real binary as a process. Invariant: a cell that is dropped is gone, whichever way its trial ended.

use crate::clock::{now, pause};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a trial finds the binary and where it may write.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The server's binary.
    pub(crate) server: PathBuf,
    /// A directory of the trial's own.
    pub(crate) dir: PathBuf,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Cell {
    child: Child,
    /// Its plain listener.
    pub(crate) address: SocketAddr,
    /// When the process was started.
    pub(crate) began: Instant,
}

impl Cell {
    /// Starts the server with these arguments, on a free port, and waits for its ready line.
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(&place.server);
        command.args(["--http", "127.0.0.1:0", "--https", "off"]).args(arguments);
        Self::spawn(command, &place.dir.join("server.log"))
    }

    /// Starts this program in another role, which prints a ready line as the server does.
    pub(crate) fn role(place: &Place, arguments: &[&str]) -> Result<Self, String> {
        let own = std::env::current_exe().map_err(|error| format!("the trials' own binary cannot be found: {error}"))?;
        let mut command = Command::new(own);
        command.args(arguments);
        Self::spawn(command, &place.dir.join("role.log"))
    }

    /// Starts the server and kills it after so long, ready or not.
    pub(crate) fn start_and_kill(place: &Place, arguments: &[&str], after: Duration) -> Result<(), String> {
        let mut command = Command::new(&place.server);
        command.args(["--http", "127.0.0.1:0", "--https", "off"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("{} cannot be run: {error}", place.server.display()))?;
        pause(after);
        let ended = child.kill().and_then(|()| child.wait());
        ended.map(drop).map_err(|error| error.to_string())
    }

    fn spawn(mut command: Command, log: &Path) -> Result<Self, String> {
        let log = File::options().create(true).append(true).open(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let began = now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{} cannot be run: {error}", command.get_program().display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // What comes later is nothing: the ready line is the only one.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        match address(&line) {
            Some(address) => Ok(Self { child, address, began }),
            None => {
                let _ = (child.kill(), child.wait());
                Err(format!("{} did not get ready; it said {line:?}", command.get_program().display()))
            }
        }
    }

    /// Memory that the process has resident, in bytes.
    pub(crate) fn resident(&self) -> Option<u64> {
        resident(self.pid())
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = (self.child.kill(), self.child.wait());
    }

    /// Asks it to end, as a user would, and waits for that.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.map_err(|error| format!("kill cannot be run: {error}"))?;
        let began = now();
        while began.elapsed() < Duration::from_secs(20) {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the server ended with {status}")),
                Ok(None) => pause(Duration::from_millis(5)),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("the server did not end within 20 s".to_owned())
    }
}

/// Memory that a process has resident, in bytes.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

impl Drop for Cell {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The address in `{"ready":true,"http":"http://127.0.0.1:N",..}`.
fn address(line: &str) -> Option<SocketAddr> {
    let ready: serde_json::Value = serde_json::from_str(line).ok()?;
    ready["http"].as_str()?.strip_prefix("http://")?.parse().ok()
}
