//! Rights: the table by which actions are admitted, for the predefined roles. Invariant: what the table says is what requests meet.

use std::collections::BTreeMap;
use std::fmt::Write;
use vcdsim_model::action::Need;
use vcdsim_model::right::PredefinedRole;
use vcdsim_testkit::insta;

/// Every action with the roles that may do it, as one page.
#[test]
fn roles_and_actions() {
    let router = vcdsim_http::router();
    let mut rows = BTreeMap::new();
    for action in router.routes().filter_map(|route| route.action) {
        let allowed = |role: &PredefinedRole| match action.need {
            Need::Session => true,
            Need::Right(right) => role.rights().contains(&right),
            Need::System => *role == PredefinedRole::SYSTEM_ADMINISTRATOR,
        };
        let marks: String = PredefinedRole::ALL.iter().map(|role| if allowed(role) { " x" } else { " -" }).collect();
        rows.insert(format!("{} {}", action.kind.name(), action.label()), marks);
    }
    assert!(rows.len() > 10, "the table has the platform's actions");
    let initials: Vec<_> = PredefinedRole::ALL.iter().map(|role| role.name).collect();
    let mut page = format!("{}\n", initials.join(", "));
    for (action, marks) in rows {
        let _ = writeln!(page, "{marks}  {action}");
    }
    insta::with_settings!({
        snapshot_path => format!("{}/../../fixtures/state", env!("CARGO_MANIFEST_DIR")),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("rights", page);
    });
}
