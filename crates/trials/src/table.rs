//! What a bench prints. Invariant: a row is a measurement of this very run beside its goal.

use std::fmt;

/// Which side of its goal a measurement must be on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// One measurement.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
    /// The figures behind it, for people.
    pub(crate) figures: String,
}

impl Row {
    /// A ratio.
    pub(crate) fn ratio(what: &'static str, value: f64, goal: Goal, figures: String) -> Self {
        Self { what, value, unit: "x", goal, figures }
    }

    /// Whether the goal is met.
    pub(crate) fn met(&self) -> bool {
        match self.goal {
            Goal::AtLeast(least) => self.value >= least,
            Goal::AtMost(most) => self.value <= most,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goal = match self.goal {
            Goal::AtLeast(least) => format!(">= {least}"),
            Goal::AtMost(most) => format!("<= {most}"),
        };
        let verdict = if self.met() { "met" } else { "MISSED" };
        let value = format!("{:.3} {}", self.value, self.unit);
        write!(f, "| {:<62} | {value:>11} | {goal:>8} | {verdict:<6} | {} |", self.what, self.figures)
    }
}

/// The head of the table.
pub(crate) const HEAD: &str = "| what | measured | goal | | figures |\n|---|---|---|---|---|";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_have_two_sides() {
        let row = |value, goal| Row::ratio("", value, goal, String::new()).met();
        assert!(row(0.5, Goal::AtLeast(0.5)) && !row(0.49, Goal::AtLeast(0.5)));
        assert!(row(4.0, Goal::AtMost(4.0)) && !row(4.1, Goal::AtMost(4.0)));
    }
}
