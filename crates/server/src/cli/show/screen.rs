//! What is drawn on a terminal. Invariant: it fits into the terminal, and what had to be left out is marked.

use uuid::Uuid;

/// To the upper left.
const HOME: &str = "\u{1b}[H";
/// Nothing more in this line.
const END: &str = "\u{1b}[K\n";
/// Nothing below.
const BELOW: &str = "\u{1b}[J";
/// What stands before every type of event.
const EVENT: &str = "com.vmware.vcloud.event.";

/// A table with its last rows, and a line below it, over what was drawn before; `size` is rows and columns.
pub(super) fn screen(table: &str, foot: &str, (rows, columns): (u16, u16)) -> String {
    let mut lines = table.lines();
    let head = lines.next().unwrap_or_default();
    let lines: Vec<&str> = lines.collect();
    // The head, the foot, and the line in which the cursor rests.
    let room = usize::from(rows).saturating_sub(3).max(1);
    let above = lines.len().saturating_sub(room);
    let foot = if above > 0 { format!("{foot}, and {above} above") } else { foot.to_owned() };
    let all = [head].into_iter().chain(lines[above..].iter().copied()).chain([foot.as_str()]);
    let fitting = |line: &str| console::truncate_str(line, columns.into(), "…").into_owned() + END;
    format!("{HOME}{}{BELOW}", all.map(fitting).collect::<String>())
}

/// A routing key with the beginnings of its ids, and without what all have.
pub(super) fn short_key(key: &str) -> String {
    let (ids, event) = key.split_once(EVENT).unwrap_or((key, ""));
    let short = |word: &str| if Uuid::try_parse(word).is_ok() { word[..8].to_owned() } else { word.to_owned() };
    let ids = ids.split('.').map(short).collect::<Vec<_>>().join(".");
    if event.is_empty() { ids } else { format!("{ids}…{event}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_into_the_terminal() {
        let drawn = screen("ID  STATUS\none  \u{1b}[32msuccess\u{1b}[0m\ntwo  running\nthree  queued\n", "3 here", (5, 9));
        assert_eq!(drawn, "\u{1b}[HID  STAT…\u{1b}[K\ntwo  run…\u{1b}[K\nthree  q…\u{1b}[K\n3 here, …\u{1b}[K\n\u{1b}[J");
        let drawn = screen("ID  STATUS\none  \u{1b}[32msuccess\u{1b}[0m\n", "1 here", (24, 80));
        assert!(drawn.contains("one  \u{1b}[32msuccess\u{1b}[0m\u{1b}[K\n1 here\u{1b}[K\n"), "{drawn:?}");
        assert!(screen("ID\none\n", "1 here", (1, 1)).contains("…"), "however small it is");
    }

    #[test]
    fn keys_are_told_apart_by_the_beginnings_of_their_ids() {
        let key = "true.b1d0f22e-e033-4438-96be-62d019be4295.503f089b-599e-59c9-899f-d52fa182db59.com.vmware.vcloud.event.task.create.vdcX";
        assert_eq!(short_key(key), "true.b1d0f22e.503f089b.…task.create.vdcX");
        assert_eq!(short_key("vapp"), "vapp");
    }
}
