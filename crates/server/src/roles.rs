//! The predefined roles and the rights as a page of the book. Invariant: it is made from the table that decides.

use std::fmt::Write;
use vcdsim_model::right::{PredefinedRole, Right};

/// What the tags in the table of rights stand for.
const SOURCES: &[(&str, &str)] = &[
    ("A51, A55, P55", "guides of 5.1 and 5.5: roles and published ids"),
    ("P5, RB, RX", "constants, recorded answers and a service's documentation of that time"),
    ("EG, LP", "articles about 8.20 with ids"),
    ("C1, C31, VCLI", "what the container extension and the command line demand of their accounts"),
    ("TA, TB, TR, TU, TFX, I613", "documentation and issues of the Terraform provider, 10.x"),
    ("GO, ANS", "tests of the Go library, the Ansible modules"),
    ("G9, T105, S105, PR, VF", "guides of 9.x to 10.6"),
    ("IBM", "a service's list of rights, names only"),
    ("ours", "no evidence found: an assumption"),
];

/// The page.
#[must_use]
pub fn roles_as_markdown() -> String {
    let mut page = String::from("## Roles\n\n| role | what it is for | published id |\n|---|---|---|\n");
    for role in PredefinedRole::ALL {
        let id = role.id.map(|id| format!("`{id}`")).unwrap_or_default();
        let _ = writeln!(page, "| {} | {} | {id} |", role.name, role.description);
    }
    page.push_str("\n## Rights\n\nThe columns are the roles above, by their initials; Defer to Identity Provider holds none.\n\n");
    let roles: Vec<_> = PredefinedRole::ALL.iter().filter(|role| !role.rights().is_empty()).collect();
    let initials = |role: &&PredefinedRole| role.name.split(' ').filter_map(|word| word.chars().next()).collect::<String>();
    let names: Vec<_> = roles.iter().map(initials).collect();
    let _ = writeln!(page, "| right | {} | known from |\n|---|{}---|", names.join(" | "), "---|".repeat(names.len()));
    let held: Vec<_> = roles.iter().map(|role| role.rights()).collect();
    for row in Right::table() {
        let marks: Vec<_> = held.iter().map(|rights| if rights.contains(&row.right) { "x" } else { "" }).collect();
        let _ = writeln!(page, "| {} | {} | {} |", row.right.name(), marks.join(" | "), row.source);
    }
    page.push_str("\n## Sources\n\n| tag | what |\n|---|---|\n");
    for (tag, what) in SOURCES {
        let _ = writeln!(page, "| {tag} | {what} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_is_explained() {
        let known: Vec<_> = SOURCES.iter().flat_map(|(tags, _)| tags.split(", ")).collect();
        for row in Right::table() {
            for tag in row.source.split(',') {
                assert!(known.contains(&tag.trim()), "{} is known from {tag}", row.right.name());
            }
        }
    }

    #[test]
    fn marks_are_those_of_the_table() {
        let page = roles_as_markdown();
        assert!(page.contains("| right | SA | OA | CA | vA | vU | CAO | known from |"), "{page}");
        let row = page.lines().find(|line| line.starts_with("| vApp: Power Operations |")).unwrap();
        assert!(row.starts_with("| vApp: Power Operations | x | x | x | x | x |  |"), "{row}");
    }
}
