//! Numbers of things, in words. Invariant: one of them is one.

/// So many of what `one` is the word for, as in `1 task` and `2 tasks`.
#[must_use]
pub fn count(number: usize, one: &str) -> String {
    let more = if number == 1 { "" } else { "s" };
    format!("{number} {one}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        assert_eq!([0, 1, 2].map(|number| count(number, "task")), ["0 tasks", "1 task", "2 tasks"]);
    }
}
