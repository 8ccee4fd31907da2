//! The name that was probably meant. Invariant: a name of any length is compared within a bounded time.

/// Longer names are not looked into; no published one is as long.
const LONGEST: usize = 64;
/// How many letters may be wrong, missing or too many.
const MOST_EDITS: usize = 2;

/// The one of `known` that is written most like `name`: the same but for capitals, or with a letter or two that differ.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let folded = name.to_lowercase();
    let scored = known.map(|candidate| (edits(&folded, &candidate.to_lowercase()), candidate));
    // Of short names two letters are most of it.
    let allowed = MOST_EDITS.min(name.chars().count() / 3);
    scored.filter(|(edits, _)| *edits <= allowed).min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// [`nearest`] as the end of a message; empty when nothing is near.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map(|found| format!("; perhaps `{found}` is meant")).unwrap_or_default()
}

/// How many letters must be changed, added or removed to make one text of the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.chars().enumerate() {
        let mut left = row + 1;
        let mut diagonal = row;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = above[column + 1];
            above[column] = left;
            left = changed.min(diagonal + 1).min(left + 1);
        }
        above[to.len()] = left;
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_found_and_nothing_else() {
        let near = |name: &str| nearest(name, ["name", "vdcName", "status", "isVAppTemplate", "org"].into_iter());
        for (name, meant) in [
            ("Name", Some("name")),
            ("nam", Some("name")),
            ("vdcname", Some("vdcName")),
            ("isVappTemplates", Some("isVAppTemplate")),
            ("statsu", Some("status")),
            ("size", None),
            ("o", None),
            ("", None),
            (&"n".repeat(65), None),
        ] {
            assert_eq!(near(name), meant, "{name}");
        }
        assert_eq!(hint("ORG", ["org"].into_iter()), "; perhaps `org` is meant");
    }

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2)] {
            assert_eq!(edits(from, to), count, "{from} {to}");
        }
    }
}
