//! A RabbitMQ of the trial's own, which it may stop, starve and deceive. Invariant: its ports, files and name server are nobody else's, and a
//! node that is dropped is gone.

use super::certificates::{Certificates, Shown};
use crate::clock::{now, pause, sleep_until};
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SCRIPTS: &str = "/usr/lib/rabbitmq/bin";
const START_LIMIT: Duration = Duration::from_secs(90);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A node, running or stopped.
#[derive(Debug)]
pub(super) struct Node {
    dir: PathBuf,
    /// Where it speaks AMQP in plain, and over TLS.
    pub(super) port: u16,
    pub(super) tls_port: u16,
    dist: u16,
    epmd: u16,
    child: Option<Child>,
}

impl Node {
    /// Starts a new node in a directory of its own, with the good one of these certificates.
    pub(super) async fn start(dir: &Path, certificates: &Certificates) -> Result<Self, String> {
        let _ = std::fs::remove_dir_all(dir);
        std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        // It runs in its own directory, from where a relative path would lead elsewhere.
        let dir = dir.canonicalize().map_err(|error| format!("{}: {error}", dir.display()))?;
        let [port, tls_port, dist, epmd] = free_ports().map_err(|error| format!("no free port on loopback: {error}"))?;
        let mut node = Self { dir, port, tls_port, dist, epmd, child: None };
        node.put_certificate(certificates, Shown::Good)?;
        let at = |name: &str| node.dir.join(name).display().to_string();
        let config = format!(
            "listeners.ssl.1 = 127.0.0.1:{tls_port}\nssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n\
             ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n",
            at("ca.pem"),
            at("cert.pem"),
            at("key.pem")
        );
        std::fs::write(node.dir.join("rabbitmq.conf"), config).map_err(|error| error.to_string())?;
        node.resume().await?;
        Ok(node)
    }

    /// Starts it again after [`Self::stop`], with all that it kept.
    pub(super) async fn resume(&mut self) -> Result<(), String> {
        let log = File::options().create(true).append(true).open(self.dir.join("out.log")).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let mut command = self.script("rabbitmq-server");
        // A group of its own, since the script is not the process that is to be stopped.
        command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        self.child = Some(command.spawn().map_err(|error| format!("rabbitmq-server cannot be run: {error}"))?);
        let began = now();
        while ![self.port, self.tls_port].iter().all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok()) {
            let ended = self.child.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|status| status.is_some()));
            if ended || began.elapsed() > START_LIMIT {
                return Err(format!("RabbitMQ did not start; see {}", self.dir.join("out.log").display()));
            }
            // The load goes on meanwhile.
            sleep_until(now() + Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Asks it to end, and waits for that.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let group = format!("-{}", child.id());
        signal("TERM", &group);
        let began = now();
        loop {
            // Collected here, because a child that nobody collects still counts as a member of its group.
            let _ = child.try_wait();
            if !signal("0", &group) {
                break;
            }
            if began.elapsed() > STOP_LIMIT {
                signal("KILL", &group);
            }
            pause(Duration::from_millis(50));
        }
        let _ = child.wait();
    }

    /// `rabbitmqctl` with these words; what it prints.
    pub(super) async fn control(&self, words: &[&str]) -> Result<String, String> {
        let mut command = self.script("rabbitmqctl");
        command.arg("-q").args(words);
        // It takes seconds, in which the load must go on.
        let run = tokio::task::spawn_blocking(move || command.output()).await.map_err(|error| error.to_string())?;
        let output = run.map_err(|error| format!("rabbitmqctl: {error}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("rabbitmqctl {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr)))
    }

    /// Shows another certificate from now on.
    pub(super) async fn show(&self, certificates: &Certificates, shown: Shown) -> Result<(), String> {
        self.put_certificate(certificates, shown)?;
        self.control(&["eval", "ssl:clear_pem_cache()."]).await.map(drop)
    }

    fn put_certificate(&self, certificates: &Certificates, shown: Shown) -> Result<(), String> {
        let (authority, certificate, key) = certificates.pem(shown);
        for (name, text) in [("ca.pem", authority), ("cert.pem", certificate), ("key.pem", key)] {
            std::fs::write(self.dir.join(name), text).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    }

    /// Where the authority of its certificate stands.
    pub(super) fn authority(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// The URL of a virtual host, in plain.
    pub(super) fn url(&self, vhost: &str) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/{}", self.port, vhost.replace('/', "%2f"))
    }

    fn script(&self, name: &str) -> Command {
        let at = |name: &str| self.dir.join(name);
        let mut command = Command::new(Path::new(SCRIPTS).join(name));
        command
            .current_dir(&self.dir)
            .env("HOME", &self.dir)
            .env("RABBITMQ_NODENAME", format!("vcdsim-trial-{}@localhost", self.port))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.dist.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .env("RABBITMQ_MNESIA_BASE", at("data"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", at("none"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
            );
        command
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
        // Its name server ends with it; that it has ended already is as good.
        let _ = Command::new("epmd").env("ERL_EPMD_PORT", self.epmd.to_string()).arg("-kill").stdout(Stdio::null()).status();
    }
}

fn signal(name: &str, pid: &str) -> bool {
    let kill = Command::new("kill").args([&format!("-{name}"), "--", pid]).stderr(Stdio::null()).status();
    kill.is_ok_and(|status| status.success())
}

/// Ports that nobody uses, held together so that they differ.
fn free_ports() -> std::io::Result<[u16; 4]> {
    let mut held = Vec::new();
    let mut ports = [0; 4];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}
