//! Answers, as people read them. Invariant: `--json` prints what the server said and nothing else; colours only tell again what words tell.

pub(super) mod follow;
mod screen;

use super::stage::{Failure, Stage};
use serde_json::Value;

/// A column: its head, and the place in an item.
pub(super) type Column = (&'static str, &'static str);

/// What is shown of an answer.
pub(super) enum Show {
    /// A list, item by item.
    Table(&'static [Column]),
    /// One thing, line by line.
    Record(&'static [Column]),
    /// A sentence, with places of the answer in braces.
    Done(&'static str),
    /// The sentences in the list at this place; or this, when it is empty.
    Prose(&'static str, &'static str),
    /// The whole, line by line.
    Whole,
}

impl Show {
    /// Prints an answer.
    pub(super) fn print(&self, answer: &Value, json: bool, stage: &mut Stage<'_>) -> Result<(), Failure> {
        if json {
            return Ok(writeln!(stage.out, "{answer:#}")?);
        }
        let colour = stage.colour;
        let text = match self {
            Self::Table(columns) => table(columns, items(answer), colour),
            Self::Record(columns) => record(columns, answer, colour),
            Self::Done(sentence) => filled(sentence, answer) + "\n",
            Self::Prose(place, nothing) => prose(answer.pointer(place), nothing),
            Self::Whole => whole("", answer),
        };
        Ok(stage.out.write_all(text.as_bytes())?)
    }

    pub(super) const fn columns(&self) -> &'static [Column] {
        match self {
            Self::Table(columns) | Self::Record(columns) => columns,
            _ => &[],
        }
    }
}

pub(super) fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().map_or(&[], Vec::as_slice)
}

/// What stands at a place, in a word.
pub(super) fn text(item: &Value, place: &str) -> String {
    match item.pointer(place).unwrap_or(&Value::Null) {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| text(item, "")).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields.iter().map(|(name, value)| format!("{name}={}", text(value, ""))).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A sentence with what stands at the places in its braces.
fn filled(sentence: &str, answer: &Value) -> String {
    let mut parts = sentence.split('{');
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once('}').unwrap_or((part, ""));
        let nothing = answer.pointer(place).and_then(Value::as_array).is_some_and(Vec::is_empty);
        told.push_str(&if nothing { "none".to_owned() } else { text(answer, place) });
        told.push_str(rest);
    }
    told
}

fn prose(lines: Option<&Value>, nothing: &str) -> String {
    let lines = lines.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if lines.is_empty() { format!("{nothing}\n") } else { lines.iter().map(|line| text(line, "") + "\n").collect() }
}

fn whole(place: &str, value: &Value) -> String {
    let below = |name: String, value: &Value| whole(&if place.is_empty() { name.clone() } else { format!("{place}.{name}") }, value);
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| below(name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| below((at + 1).to_string(), item)).collect(),
        Value::Null => String::new(),
        other => format!("{place}: {}\n", text(other, "")),
    }
}

pub(super) fn table(columns: &[Column], items: &[Value], colour: bool) -> String {
    let rows: Vec<Vec<String>> = items.iter().map(|item| columns.iter().map(|(_, place)| one_line(&text(item, place))).collect()).collect();
    let mut widths: Vec<usize> = columns.iter().map(|(head, _)| head.len()).collect();
    rows.iter().for_each(|row| widen(&mut widths, row));
    let heads: Vec<_> = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
    let mut told = painted(BOLD, line(columns, &heads, &widths, false).trim_end(), colour) + "\n";
    for row in &rows {
        told.push_str(&line(columns, row, &widths, colour));
        told.push('\n');
    }
    told
}

pub(super) fn widen(widths: &mut [usize], row: &[String]) {
    for (width, cell) in widths.iter_mut().zip(row) {
        *width = (*width).max(cell.chars().count());
    }
}

/// A row, with its cells one below the other.
pub(super) fn line(columns: &[Column], row: &[String], widths: &[usize], colour: bool) -> String {
    let mut told = String::new();
    for (at, ((cell, (head, _)), width)) in row.iter().zip(columns).zip(widths).enumerate() {
        let space = if at + 1 == row.len() { 0 } else { width - cell.chars().count() + 2 };
        let paint = if *head == "STATUS" { paint_of(cell) } else { "" };
        told.push_str(&painted(paint, cell, colour));
        told.push_str(&" ".repeat(space));
    }
    told.trim_end().to_owned()
}

fn record(columns: &[Column], answer: &Value, colour: bool) -> String {
    let width = columns.iter().map(|(head, _)| head.len()).max().unwrap_or_default();
    let told = columns.iter().map(|(head, place)| (head, text(answer, place))).filter(|(_, text)| !text.is_empty());
    told.map(|(head, text)| format!("{}  {text}\n", painted(BOLD, &format!("{head:width$}"), colour))).collect()
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const BOLD: &str = "1";
const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// What a status looks like.
fn paint_of(status: &str) -> &'static str {
    match status {
        "success" | "ok" => GREEN,
        "error" | "aborted" | "canceled" | "wrong" => RED,
        "preRunning" | "look" => YELLOW,
        "running" | "queued" => CYAN,
        code if code.starts_with(['4', '5']) => RED,
        _ => "",
    }
}

fn painted(paint: &str, text: &str, colour: bool) -> String {
    if colour && !paint.is_empty() { format!("\u{1b}[{paint}m{text}\u{1b}[0m") } else { text.to_owned() }
}
