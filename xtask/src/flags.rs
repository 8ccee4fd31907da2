//! Arguments of the commands: switches, values and the rest.
//!
//! Invariant: an argument that no command asked for is refused, never ignored.

use crate::stop::Stop;

/// Parsed arguments of one command.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    switches: Vec<String>,
    values: Vec<(String, String)>,
    /// What is neither a switch nor a value, in order.
    pub(crate) rest: Vec<String>,
}

impl Flags {
    /// Reads `args`. `switches` stand alone (`--check`), `valued` take the next argument or `--name=value`; at most `rest` others may follow.
    pub(crate) fn parse(args: &[String], switches: &[&str], valued: &[&str], rest: usize) -> Result<Self, Stop> {
        let mut flags = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (arg.as_str(), None),
            };
            if switches.contains(&name) && inline.is_none() {
                flags.switches.push(name.to_owned());
            } else if valued.contains(&name) {
                let value = inline.or_else(|| args.next().cloned()).ok_or_else(|| Stop::usage(format!("`{name}` needs a value")))?;
                flags.values.push((name.to_owned(), value));
            } else if name.starts_with('-') || flags.rest.len() == rest {
                return Err(Stop::usage(format!("`{arg}` is not an argument of this command")));
            } else {
                flags.rest.push(arg.clone());
            }
        }
        Ok(flags)
    }

    /// Whether the switch was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.switches.iter().any(|switch| switch == name)
    }

    /// The last value given under this name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Flags, Stop> {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        Flags::parse(&args, &["--check"], &["--export"], 1)
    }

    #[test]
    fn reads_switches_values_and_the_rest() {
        let flags = parse(&["--check", "name", "--export", "dir"]).unwrap();
        assert!(flags.has("--check"));
        assert_eq!(flags.value("--export"), Some("dir"));
        assert_eq!(flags.rest, ["name"]);
        assert_eq!(parse(&["--export=x=y"]).unwrap().value("--export"), Some("x=y"));
    }

    #[test]
    fn refuses_what_nobody_asked_for() {
        assert!(parse(&["--nope"]).is_err());
        assert!(parse(&["one", "two"]).is_err());
        assert!(parse(&["--export"]).is_err());
        assert!(parse(&["--check=yes"]).is_err());
    }
}
