//! What whoever waits at a terminal sees meanwhile. Invariant: nothing is drawn where standard error is no terminal, and nothing of it stays.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// How often something moves, so that one sees that it waits.
const STEP: Duration = Duration::from_millis(120);
const WAITING: &str = "{spinner} {msg} ({elapsed}; Ctrl-C ends it)";
const GOING: &str = "{spinner} [{bar:24}] {percent:>3}% {msg} ({elapsed}; Ctrl-C ends it)";

/// What is drawn until it is dropped.
#[derive(Clone)]
pub(super) struct Meanwhile(ProgressBar);

impl Meanwhile {
    /// That something is waited for, if somebody looks.
    pub(super) fn new(looks: bool, what: &str) -> Self {
        if !looks {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner().with_style(style(WAITING)).with_message(format!("waiting {what}"));
        bar.enable_steady_tick(STEP);
        Self(bar)
    }

    /// How far it is, of a hundred, and what it does.
    pub(super) fn goes(&self, percent: u64, what: String) {
        if self.0.length().is_none() {
            self.0.set_length(100);
            self.0.set_style(style(GOING));
        }
        self.0.set_position(percent);
        self.0.set_message(what);
    }

    /// Takes it away.
    pub(super) fn over(&self) {
        self.0.finish_and_clear();
    }
}

/// The templates are constant, and right.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_wrong| ProgressStyle::default_spinner()).progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_right() {
        for template in [WAITING, GOING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn nothing_is_drawn_for_nobody() {
        let meanwhile = Meanwhile::new(false, "for rain");
        meanwhile.goes(50, "half".to_owned());
        assert!(meanwhile.0.is_hidden());
        meanwhile.over();
    }
}
