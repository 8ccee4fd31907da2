//! Which client exercised which route: `conformance/exercised.tsv`, which the page of routes shows.
//!
//! Invariant: one line for each family of clients and route, sorted, so that a run that finds nothing new changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;

use serde_json::Value;

use crate::workspace;

/// The families, by what the names of their clients begin with; whoever is in none is ours.
const FAMILIES: &[(&str, &str)] = &[
    ("pyvcloud", "pyvcloud"),
    ("vcd-cli", "vcd-cli"),
    ("libcloud", "libcloud"),
    ("govcd", "go-vcloud-director"),
    ("pika", "pika"),
    ("mqtt", "paho"),
];

/// The routes that requests of each family were answered at, as `VERB PATH`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Exercised(BTreeMap<String, BTreeSet<String>>);

impl Exercised {
    /// What the file holds; nothing when there is none.
    pub(crate) fn read() -> Result<Self, String> {
        if path().is_file() { Self::parse(&workspace::read(&path())?) } else { Ok(Self::default()) }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<_> = line.split('\t').collect();
            let [family, verb, path] = cells[..] else { return Err(format!("not a family, a verb and a path: {line}")) };
            all.0.entry(family.to_owned()).or_default().insert(format!("{verb} {path}"));
        }
        Ok(all)
    }

    /// Adds what the server at `origin` was asked by a client, and drops the routes that it does not have any more.
    pub(crate) fn collect(&mut self, client: &str, origin: &str) -> Result<(), String> {
        let (served, answered) = routes(&coverage(origin)?)?;
        self.0.entry(family(client).to_owned()).or_default().extend(answered);
        for routes in self.0.values_mut() {
            routes.retain(|route| served.contains(route));
        }
        Ok(())
    }

    /// Writes the file.
    pub(crate) fn write(&self) -> Result<(), String> {
        workspace::write(&path(), &self.to_text())
    }

    fn to_text(&self) -> String {
        let mut text = String::from("# Written by `cargo xtask conformance`: family of clients, verb, path.\n");
        for (family, routes) in &self.0 {
            for (verb, path) in routes.iter().filter_map(|route| route.split_once(' ')) {
                let _ = writeln!(text, "{family}\t{verb}\t{path}");
            }
        }
        text
    }

    /// The families that exercised a route.
    pub(crate) fn of(&self, verb: &str, path: &str) -> Vec<&str> {
        let route = format!("{verb} {path}");
        self.0.iter().filter(|(_, routes)| routes.contains(&route)).map(|(family, _)| family.as_str()).collect()
    }
}

fn path() -> PathBuf {
    workspace::root().join("conformance/exercised.tsv")
}

fn family(client: &str) -> &'static str {
    FAMILIES.iter().find(|(begin, _)| client.starts_with(begin)).map_or("ours", |(_, family)| family)
}

/// What the control interface says was answered.
fn coverage(origin: &str) -> Result<String, String> {
    let authority = origin.trim_start_matches("http://");
    let wrong = |error: std::io::Error| format!("the server does not say what was asked of it: {error}");
    let mut socket = TcpStream::connect(authority).map_err(wrong)?;
    let request = format!("GET /_mock/v1/coverage HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).map_err(wrong)?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).map_err(wrong)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("no answer: {answer}"))?;
    Ok(body.to_owned())
}

/// All routes, and those at which something was answered.
fn routes(coverage: &str) -> Result<(BTreeSet<String>, BTreeSet<String>), String> {
    let value: Value = serde_json::from_str(coverage).map_err(|error| format!("the coverage is not JSON: {error}"))?;
    let rows = value["served"].as_array().ok_or("the coverage does not list what is served")?;
    let name = |row: &Value| format!("{} {}", row["method"].as_str().unwrap_or_default(), row["path"].as_str().unwrap_or_default());
    let asked = rows.iter().filter(|row| row["answered"].as_u64().unwrap_or_default() > 0);
    Ok((rows.iter().map(name).collect(), asked.map(name).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_read_off_the_coverage() {
        let text =
            r#"{"served": [{"method": "GET", "path": "/api/a", "answered": 2}, {"method": "PUT", "path": "/api/a", "answered": 0}]}"#;
        let (served, answered) = routes(text).unwrap();
        assert_eq!((served.len(), answered), (2, BTreeSet::from(["GET /api/a".to_owned()])));
        assert!(routes("{}").is_err());
    }

    #[test]
    fn the_file_says_again_what_it_said() {
        let text = "# Written by `cargo xtask conformance`: family of clients, verb, path.\nours\tGET\t/b\npyvcloud\tGET\t/a\n";
        let all = Exercised::parse(text).unwrap();
        assert_eq!((all.to_text().as_str(), all.of("GET", "/a")), (text, vec!["pyvcloud"]));
        assert!(Exercised::parse("pyvcloud GET /a").is_err());
    }

    #[test]
    fn clients_are_of_families() {
        for (client, of) in
            [("pyvcloud-lowest", "pyvcloud"), ("govcd-machines", "go-vcloud-director"), ("readme", "ours"), ("pika", "pika")]
        {
            assert_eq!(family(client), of);
        }
    }
}
