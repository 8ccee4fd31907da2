//! Links and acceptance. Invariant: a link is shown exactly when its request is accepted, in every state a vApp or machine can be in.

use crate::vapp::{NAMESPACES, a_vapp, block};
use vcdsim_model::kind::Kind;
use vcdsim_testkit::{Actor, World};

/// What brings a vApp into a state: a name, and power actions on it or (`vm:`) on its first machine.
const STATES: &[(&str, &[&str])] = &[
    ("off", &[]),
    ("on", &["powerOn"]),
    ("asleep", &["powerOn", "suspend"]),
    ("off but deployed", &["powerOn", "powerOff"]),
    ("mixed", &["vm:powerOn"]),
    ("kept", &["snapshot"]),
    ("waiting", &["block", "powerOn"]),
    ("waiting in part", &["block", "vm:powerOn"]),
];

/// A vApp in a state, with who owns it and what is there.
async fn in_state(steps: &[&str], kind: Kind) -> (World, Actor, String) {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    for step in steps {
        match step.strip_prefix("vm:") {
            Some(step) => author.post_empty(&format!("{machine}/power/action/{step}")).await.status,
            None if *step == "block" => {
                block(&world.login("administrator@System").await, "vappDeploy").await;
                continue;
            }
            None if *step == "snapshot" => author.post_empty(&format!("{machine}/action/createSnapshot")).await.status,
            None => author.post_empty(&format!("{vapp}/power/action/{step}")).await.status,
        };
    }
    (world, author, if kind == Kind::VApp { vapp } else { machine })
}

#[tokio::test]
async fn a_link_is_shown_exactly_when_its_request_is_accepted() {
    let mut shown = std::collections::BTreeMap::new();
    for kind in [Kind::VApp, Kind::Vm] {
        for (state, steps) in STATES {
            for action in crate::actions::of(kind) {
                let (_world, author, url) = in_state(steps, kind).await;
                // The link to edit a part of a machine stands in that part, and what was read of it can be sent back.
                let edits = kind == Kind::Vm && (action.method.name() == "PUT" || action.rel == Some("edit"));
                let part = if edits { action.path.strip_prefix("/action").unwrap_or(action.path) } else { "" };
                let read = author.get(&format!("{url}{part}")).await;
                let found = read.find_link(action.rel.unwrap(), action.media.unwrap_or_default());
                let body = match (action.method.name(), action.rel) {
                    _ if edits => read.text().to_owned(),
                    (_, Some("reconfigureVm")) => format!(r#"<Vm {NAMESPACES} name="new"/>"#),
                    ("PUT", _) => format!(r#"<VApp {NAMESPACES} name="new"/>"#),
                    (_, Some("recompose")) => format!("<RecomposeVAppParams {NAMESPACES}/>"),
                    _ => String::new(),
                };
                let answer = author.send(action.method.name(), &format!("{url}{}", action.path), &[], &body).await;
                let accepted = answer.status == 202;
                assert_eq!(found.is_some(), accepted, "{} when {state}: {}", action.label(), answer.text());
                *shown.entry(action.label()).or_insert(0) += u32::from(accepted);
            }
        }
    }
    assert!(
        shown.values().all(|count| (1..STATES.len()).contains(&usize::try_from(*count).unwrap())),
        "each is accepted in some states and refused in others: {shown:?}"
    );
}
