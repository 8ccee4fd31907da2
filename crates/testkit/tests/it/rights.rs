//! Rights: the table by which actions are admitted, for the predefined roles. Invariant: what the table says is what requests meet.

use crate::disk::a_disk;
use crate::metadata::value;
use crate::story::Story;
use std::collections::BTreeMap;
use std::fmt::Write;
use vcdsim_model::action::{Action, Need};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::right::PredefinedRole;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, insta};

fn allowed(action: &Action, role: &PredefinedRole) -> bool {
    match action.need {
        Need::Session => true,
        Need::Right(right) => role.rights().contains(&right),
        Need::System => *role == PredefinedRole::SYSTEM_ADMINISTRATOR,
    }
}

/// Every action with the roles that may do it, as one page.
#[test]
fn roles_and_actions() {
    let router = vcdsim_http::router();
    let mut rows = BTreeMap::new();
    for action in router.routes().filter_map(|route| route.action) {
        let marks: String = PredefinedRole::ALL.iter().map(|role| if allowed(action, role) { " x" } else { " -" }).collect();
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

/// An object of the kind that the example organization has; vApps and machines are made anew for each question, since some are deleted.
async fn target(story: &Story, kind: Kind) -> Option<String> {
    let path = match kind {
        Kind::VApp | Kind::Vm => {
            let made = story.instantiate(&format!("for-{}", story.world.events().await.len())).await;
            let vapp = story.tenant.get(&made.attribute("href").unwrap()).await;
            let (element, prefix) = if kind == Kind::VApp { ("VApp", "vapp-") } else { ("Vm", "vm-") };
            return vapp.attribute_of(element, "href")?.rsplit_once(prefix).map(|(_, id)| id.to_owned());
        }
        Kind::Disk => return a_disk(&story.tenant, "data", 8).await.rsplit_once('/').map(|(_, id)| id.to_owned()),
        Kind::AffinityRule => {
            let rule = crate::affinity::a_rule(&story.tenant, &format!("for-{}", story.world.events().await.len())).await;
            return rule.rsplit_once('/').map(|(_, id)| id.to_owned());
        }
        Kind::Org => "example",
        Kind::User => "example/author",
        Kind::Vdc => "example-vdc",
        Kind::VdcStorageProfile => "example-vdc/standard",
        Kind::Catalog => "example-catalog",
        Kind::CatalogItem | Kind::VAppTemplate => "example-catalog/photon-1vm",
        Kind::TemplateVm => "example-catalog/photon-1vm/photon-1vm",
        Kind::Media => "example-catalog/example-media",
        Kind::Network => "example-net",
        Kind::ProviderStorageProfile => "example-pvdc/standard",
        Kind::VimServer => "vc1",
        _ => return None,
    };
    Some(seeded_id(kind, path).to_string())
}

/// Writes an entry, which is there to be read and removed.
async fn annotate(story: &Story, kind: Kind, id: &str) {
    let Some(bearer) = Bearer::of(kind) else { return };
    let place = kind.info().place(bearer.edit.view).path;
    let answer = story.admin.put(&format!("{place}{id}/metadata/there"), media::METADATA_VALUE, &value("MetadataNumberValue", "1")).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

async fn ask(actor: &Actor, action: &Action, id: &str) -> Answer {
    let place = action.place();
    let url = format!("{place}{id}{}", action.path.replace("{part}", "cpu").replace("{*key}", "there"));
    actor.send(action.method.name(), &url, &[("content-type", action.media.unwrap_or_default())], "").await
}

/// Who lacks the right is refused; an administrator, who has it and the access, is never refused for want of either.
#[tokio::test]
async fn requests_meet_what_the_table_says() {
    // What deletes waits at the gate, so that everybody finds everything.
    let deletions = ["catalogDelete", "catalogDeleteBacking", "vdcDeleteTemplate", "vdcDeleteMedia", "networkDelete"];
    let story = Story::begin(&deletions, "abort").await;
    let router = vcdsim_http::router();
    let actors = [
        (story.world.login("orgadmin@example").await, PredefinedRole::ORGANIZATION_ADMINISTRATOR),
        (story.world.login("cataloger@example").await, PredefinedRole::CATALOG_AUTHOR),
        (story.tenant.clone(), PredefinedRole::VAPP_AUTHOR),
        (story.world.login("user@example").await, PredefinedRole::VAPP_USER),
        (story.world.login("console@example").await, PredefinedRole::CONSOLE_ACCESS_ONLY),
        (story.admin.clone(), PredefinedRole::SYSTEM_ADMINISTRATOR),
    ];
    let (mut refused, mut admitted) = (0, 0);
    for action in router.routes().filter_map(|route| route.action) {
        for (actor, role) in &actors {
            let Some(id) = target(&story, action.kind).await else { continue };
            annotate(&story, action.kind, &id).await;
            let answer = ask(actor, action, &id).await;
            if !allowed(action, role) {
                assert_eq!(answer.status, 403, "{} as {}", action.label(), role.name);
                refused += 1;
            } else if [PredefinedRole::ORGANIZATION_ADMINISTRATOR, PredefinedRole::SYSTEM_ADMINISTRATOR].contains(role) {
                assert_ne!(answer.status, 403, "{} as {}: {}", action.label(), role.name, answer.text());
                admitted += 1;
            }
        }
    }
    assert!(refused > 30 && admitted > 60, "{refused} refused, {admitted} admitted");
}
