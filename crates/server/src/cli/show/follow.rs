//! Lists that are left open. Invariant: what is new is waited for by the interface's own long poll; nothing here asks again and again.

use super::screen::{screen, short_key};
use super::{Show, items, line, one_line, table, text, widen};
use crate::cli::client::Client;
use crate::cli::stage::{Failure, Stage};
use crate::cli::table::Ask;
use serde_json::Value;

/// How long one request waits.
const WAIT: &str = "10m";
/// An empty terminal.
const CLEAR: &str = "\u{1b}[2J";

/// Draws a list again whenever the state has another revision, until nobody reads or the server ends.
pub(in crate::cli) fn watch(client: &Client, mut ask: Ask, show: &Show, json: bool, stage: &mut Stage<'_>) -> Result<(), Failure> {
    let query = ask.query.clone();
    if stage.terminal && !json {
        write!(stage.out, "{CLEAR}")?;
    }
    loop {
        let answer = ask.send(client)?;
        if json {
            writeln!(stage.out, "{answer}")?;
        } else {
            let drawn = table(show.columns(), items(&answer), stage.colour);
            let foot = format!("{} here at {}", items(&answer).len(), text(&answer, "/now"));
            match stage.terminal {
                true => write!(stage.out, "{}", screen(&drawn, &foot, console::Term::stdout().size()))?,
                false => writeln!(stage.out, "{drawn}{foot}")?,
            }
        }
        stage.out.flush()?;
        ask.query.clone_from(&query);
        ask.query.extend([("after", text(&answer, "/revision")), ("wait", WAIT.to_owned())]);
    }
}

/// How an item is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Form {
    /// In a line.
    Line,
    /// A message in a line, if it is that in XML: that in JSON says the same.
    OnceEach,
    /// The document of a message, if it is that in XML.
    Document,
    /// As the interface has it, in a line.
    Json,
}

/// How a list is printed as it grows.
pub(in crate::cli) struct Tail {
    /// The place of an item's number.
    pub(in crate::cli) number: &'static str,
    /// With how many of the last it begins.
    pub(in crate::cli) lines: usize,
    /// After how many it ends.
    pub(in crate::cli) count: Option<usize>,
    pub(in crate::cli) form: Form,
}

impl Tail {
    /// Prints what there is and what comes.
    pub(in crate::cli) fn run(&self, client: &Client, mut ask: Ask, show: &Show, stage: &mut Stage<'_>) -> Result<(), Failure> {
        let query = ask.query.clone();
        let (mut since, mut printed, mut is_first) = (0, 0, true);
        let mut widths = vec![0; show.columns().len()];
        ask.query.push(("limit", "1000".to_owned()));
        loop {
            let answer = ask.send(client)?;
            let number = |item: &Value| item.pointer(self.number).and_then(Value::as_i64).unwrap_or_default();
            let come: Vec<_> = items(&answer).iter().filter(|item| self.form.takes(item)).collect();
            // What was there already; all that comes later is told, though it be the first that there is.
            let passed_over = if std::mem::take(&mut is_first) { come.len().saturating_sub(self.lines) } else { 0 };
            for item in &come[passed_over..] {
                if self.count.is_some_and(|count| printed >= count) {
                    return Ok(());
                }
                self.print(item, show, &mut widths, stage)?;
                printed += 1;
            }
            stage.out.flush()?;
            if self.count.is_some_and(|count| printed >= count) {
                return Ok(());
            }
            // Not the greatest that ever was: after a reset the numbers begin again.
            since = items(&answer).iter().map(number).max().unwrap_or(since);
            ask.query.clone_from(&query);
            ask.query.extend([("limit", "1000".to_owned()), ("since", since.to_string()), ("wait", WAIT.to_owned())]);
        }
    }

    fn print(&self, item: &Value, show: &Show, widths: &mut [usize], stage: &mut Stage<'_>) -> Result<(), Failure> {
        match self.form {
            Form::Json => return Ok(writeln!(stage.out, "{item}")?),
            Form::Document => return Ok(writeln!(stage.out, "{}", text(item, "/body"))?),
            Form::Line | Form::OnceEach => {}
        }
        let columns = show.columns();
        let cell = |place: &str| match place {
            "/routingKey" if stage.terminal => short_key(&text(item, place)),
            _ => one_line(&text(item, place)),
        };
        let row: Vec<_> = columns.iter().map(|(_, place)| cell(place)).collect();
        widen(widths, &row);
        Ok(writeln!(stage.out, "{}", line(columns, &row, widths, stage.colour))?)
    }
}

impl Form {
    fn takes(self, item: &Value) -> bool {
        matches!(self, Self::Line | Self::Json) || text(item, "/properties/contentType") == "application/xml"
    }
}
