//! Leases: when they begin, and what comes of their end.

mod cleanup;
mod vapp;

use crate::story::VCLOUD;
use crate::vapp::{NAMESPACES, block, decide, href, instantiate, params};
use vcdsim_model::clock::{after_millis, format_time};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const MINUTE: i64 = 60_000;

fn template(name: &str) -> String {
    href(Kind::VAppTemplate, &format!("example-catalog/{name}"))
}

/// Sends other lease settings to where the section links to; answers the task.
async fn lease(actor: &Actor, href: &str, inner: &str) -> Answer {
    let section = actor.get(&format!("{href}/leaseSettingsSection")).await.link("edit", media::LEASE_SETTINGS_SECTION);
    let body = format!("<LeaseSettingsSection {NAMESPACES}><ovf:Info/>{inner}</LeaseSettingsSection>");
    actor.put(&section, media::LEASE_SETTINGS_SECTION, &body).await
}

/// Keeps something for so many seconds from now on.
async fn keep(actor: &Actor, href: &str, seconds: i32) {
    let task = lease(actor, href, &format!("<StorageLeaseInSeconds>{seconds}</StorageLeaseInSeconds>")).await;
    assert_eq!(task.status, 202, "{}", task.text());
}

/// Lets a vApp run for so many seconds from now on.
async fn run(actor: &Actor, href: &str, seconds: i32) {
    let task = lease(actor, href, &format!("<DeploymentLeaseInSeconds>{seconds}</DeploymentLeaseInSeconds>")).await;
    assert_eq!(task.status, 202, "{}", task.text());
}

/// Changes the organization's lease settings of `vApp` or `vAppTemplate`, by the link that its settings show.
async fn policy(admin: &Actor, of: &str, inner: &str) -> Answer {
    let part = format!("/api/admin/org/{}/settings/{of}LeaseSettings", vcdsim_platform::seed::seeded_id(Kind::Org, "example"));
    let (media, root) = match of {
        "vApp" => (media::ORG_LEASE_SETTINGS, "VAppLeaseSettings"),
        _ => (media::ORG_TEMPLATE_LEASE_SETTINGS, "OrgVAppTemplateLeaseSettings"),
    };
    let link = admin.get(&part).await.find_link("edit", media).unwrap_or(part);
    admin.put(&link, media, &format!(r#"<{root} xmlns="{VCLOUD}">{inner}</{root}>"#)).await
}

const DELETES: &str = "<DeleteOnStorageLeaseExpiration>true</DeleteOnStorageLeaseExpiration>";

async fn is_expired(actor: &Actor, kind: &str, name: &str) -> Option<String> {
    actor.get(&format!("/api/query?type={kind}&filter=name=={name}")).await.attribute_of(&format!("{}Record", kind_root(kind)), "isExpired")
}

fn kind_root(kind: &str) -> &str {
    if kind == "vApp" { "VApp" } else { "VAppTemplate" }
}

/// How many events there were so far.
async fn told(world: &World) -> i64 {
    world.events().await.last().map_or(0, |event| event.seq)
}

/// Somebody signs in again: no session lasts for days.
async fn again(world: &World) -> Actor {
    world.login("orgadmin@example").await
}

/// The instant so many milliseconds from now, as documents show it.
fn in_millis(world: &World, millis: i64) -> Option<String> {
    Some(format_time(after_millis(world.now(), millis)))
}

#[tokio::test]
async fn a_template_expires_at_the_instant_and_a_new_lease_brings_it_back() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = template("three-vms");
    assert_eq!(actor.get(&template).await.text_of("StorageLeaseExpiration"), None, "it is kept for ever");
    keep(&actor, &template, 60).await;
    assert_eq!(actor.get(&template).await.text_of("StorageLeaseExpiration"), in_millis(&world, MINUTE));
    world.advance_millis(MINUTE - 1).await;
    assert_eq!(is_expired(&actor, "vAppTemplate", "three-vms").await.as_deref(), Some("false"));
    assert_eq!(actor.get(&format!("{template}/ovf")).await.status, 200);
    let told = told(&world).await;
    world.advance_millis(1).await;
    assert_eq!(world.story_since(told).await, ["true vappTemplate/modify "]);
    assert_eq!(is_expired(&actor, "vAppTemplate", "three-vms").await.as_deref(), Some("true"));
    let refused = instantiate(&actor, &params("late", "three-vms", r#"deploy="false""#, "")).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
    assert!(refused.attribute("message").unwrap().contains("\"three-vms\" has expired: renew it"), "{}", refused.text());
    let document = actor.get(&template).await;
    golden!(document, "vapp_template", "expired", "inferred (schema, LeaseSettingsSection; what an expired item allows is ours)");
    assert_eq!((document.find_link("enable", ""), document.find_link("ovf", media::OVF)), (None, None));
    assert_eq!(actor.get(&format!("{template}/ovf")).await.status, 400);
    assert_eq!(actor.post_empty(&format!("{template}/action/enableDownload")).await.status, 400);
    world.advance_millis(100 * 86_400_000).await;
    let actor = again(&world).await;
    assert_eq!(is_expired(&actor, "vAppTemplate", "three-vms").await.as_deref(), Some("true"), "it is kept until somebody decides");
    keep(&actor, &template, 0).await;
    assert_eq!(is_expired(&actor, "vAppTemplate", "three-vms").await.as_deref(), Some("false"));
    assert_eq!(instantiate(&actor, &params("again", "three-vms", r#"deploy="false""#, "")).await.status, 201);
    assert_eq!(actor.get(&template).await.text_of("StorageLeaseExpiration"), None);
}

#[tokio::test]
async fn nothing_of_an_expired_template_can_be_copied_or_moved() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    keep(&actor, &template("three-vms"), 60).await;
    world.advance_millis(MINUTE).await;
    let machine = href(Kind::TemplateVm, "example-catalog/three-vms/firstVM");
    let body = crate::vapp::composed("of-a-machine", "", &format!(r#"<SourcedItem><Source href="{machine}"/></SourcedItem>"#));
    assert_eq!(crate::vapp::compose(&actor, &body).await.status, 400);
    let body = format!(
        r#"<CloneVAppTemplateParams xmlns="{VCLOUD}" name="copy"><Source href="{}"/></CloneVAppTemplateParams>"#,
        template("three-vms")
    );
    let clone = format!("{}/action/cloneVAppTemplate", href(Kind::Vdc, "example-vdc"));
    let refused = actor.post(&clone, media::CLONE_VAPP_TEMPLATE_PARAMS, &body).await;
    assert!(refused.status == 400 && refused.text().contains("has expired"), "{}", refused.text());
    let item = href(Kind::CatalogItem, "example-catalog/three-vms");
    let body = format!(r#"<CopyOrMoveCatalogItemParams xmlns="{VCLOUD}"><Source href="{item}"/></CopyOrMoveCatalogItemParams>"#);
    for way in ["copy", "move"] {
        let url = format!("{}/action/{way}", href(Kind::Catalog, "example-nsxt-catalog"));
        let refused = actor.post(&url, media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS, &body).await;
        assert!(refused.status == 400 && refused.text().contains("has expired"), "{way}: {}", refused.text());
    }
    assert_eq!(actor.delete(&template("three-vms")).await.status, 202, "it can be deleted");
}

#[tokio::test]
async fn each_change_of_its_settings_begins_a_lease_anew() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = template("three-vms");
    keep(&actor, &template, 60).await;
    world.advance_millis(MINUTE - 1).await;
    keep(&actor, &template, 60).await;
    world.advance_millis(MINUTE - 1).await;
    assert_eq!(is_expired(&actor, "vAppTemplate", "three-vms").await.as_deref(), Some("false"));
    assert_eq!(actor.get(&template).await.text_of("StorageLeaseExpiration"), in_millis(&world, 1));
    world.advance_millis(1).await;
    assert_eq!(is_expired(&actor, "vAppTemplate", "three-vms").await.as_deref(), Some("true"));
}

#[tokio::test]
async fn whoever_uses_a_template_begins_its_lease_anew() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = template("three-vms");
    keep(&actor, &template, 60).await;
    let machine = href(Kind::TemplateVm, "example-catalog/three-vms/firstVM");
    let copy = |name: &str| {
        format!(r#"<CloneVAppTemplateParams xmlns="{VCLOUD}" name="{name}"><Source href="{template}"/></CloneVAppTemplateParams>"#)
    };
    let clone = format!("{}/action/cloneVAppTemplate", href(Kind::Vdc, "example-vdc"));
    for way in ["instantiate", "compose", "copy", "download"] {
        world.advance_millis(MINUTE - 1).await;
        let answer = match way {
            "instantiate" => instantiate(&actor, &params("a", "three-vms", r#"deploy="false""#, "")).await,
            "compose" => {
                let item = format!(r#"<SourcedItem><Source href="{machine}"/></SourcedItem>"#);
                crate::vapp::compose(&actor, &crate::vapp::composed("b", "", &item)).await
            }
            "copy" => actor.post(&clone, media::CLONE_VAPP_TEMPLATE_PARAMS, &copy("c")).await,
            _ => actor.post_empty(&format!("{template}/action/enableDownload")).await,
        };
        assert!([201, 202].contains(&answer.status), "{way}: {}", answer.text());
        assert_eq!(actor.get(&template).await.text_of("StorageLeaseExpiration"), in_millis(&world, MINUTE), "{way}");
    }
    let copied = actor.get("/api/query?type=vAppTemplate&filter=name==c").await;
    let copied = actor.get(&copied.attribute_of("VAppTemplateRecord", "href").unwrap()).await;
    assert_eq!(copied.text_of("StorageLeaseExpiration"), in_millis(&world, 1), "a copy has a lease of its own, which began with it");
    world.advance_millis(MINUTE).await;
    assert_eq!(actor.get(&template).await.find_link("download:default", ""), None, "what has expired comes down no more");
}

#[tokio::test]
async fn an_organization_may_have_expired_templates_deleted() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let changed = policy(&actor, "vAppTemplate", &format!("{DELETES}<StorageLeaseSeconds>60</StorageLeaseSeconds>")).await;
    assert_eq!((changed.status, changed.text_of("StorageLeaseSeconds").as_deref()), (200, Some("60")), "{}", changed.text());
    golden!(changed, "org", "template-leases", "recorded (as part of the administrator's view)");
    let seeded = template("three-vms");
    assert_eq!(actor.get(&seeded).await.text_of("StorageLeaseInSeconds").as_deref(), Some("0"), "what is there keeps its lease");
    keep(&actor, &seeded, 60).await;
    let told = told(&world).await;
    world.advance_millis(MINUTE - 1).await;
    assert_eq!(actor.get(&seeded).await.status, 200);
    world.advance_millis(1).await;
    assert_eq!(actor.get(&seeded).await.status, 403);
    let story = world.story_since(told).await;
    assert!(story.contains(&"true vappTemplate/delete vdcDeleteTemplate".to_owned()), "{story:?}");
    let task = actor.get("/api/query?type=task&filter=name==vdcDeleteTemplate").await;
    assert_eq!(task.attribute_of("TaskRecord", "ownerName").as_deref(), Some("orgadmin"), "its owner's: {}", task.text());
}

#[tokio::test]
async fn leases_of_templates_begin_when_they_are_there() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    assert_eq!(policy(&actor, "vAppTemplate", "<StorageLeaseSeconds>60</StorageLeaseSeconds>").await.status, 200);
    block(&admin, "importSingletonTemplate").await;
    let import = |name: &str| {
        let vdc = href(Kind::Vdc, "example-vdc");
        format!(
            r#"<ImportVmAsVAppTemplateParams xmlns="{}" name="{name}"><VmMoRef>vm-101</VmMoRef><Vdc href="{vdc}"/></ImportVmAsVAppTemplateParams>"#,
            crate::story::VMEXT
        )
    };
    let server = vcdsim_platform::seed::seeded_id(Kind::VimServer, "vc1");
    let url = format!("/api/admin/extension/vimServer/{server}/importVmAsVAppTemplate");
    let made = admin.post(&url, media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS, &import("imported")).await;
    let template = made.attribute("href").unwrap();
    world.advance_millis(10 * MINUTE).await;
    assert_eq!(admin.get(&template).await.text_of("StorageLeaseExpiration"), None, "a scaffold is not kept yet");
    decide(&admin, "resume").await;
    assert_eq!(admin.get(&template).await.text_of("StorageLeaseExpiration"), in_millis(&world, MINUTE));
}

#[tokio::test]
async fn a_restart_or_a_crash_around_the_instant_changes_nothing() {
    for crash in [false, true] {
        let mut world = World::new().await;
        let mut actor = world.login("orgadmin@example").await;
        assert_eq!(policy(&actor, "vAppTemplate", DELETES).await.status, 200);
        keep(&actor, &template("three-vms"), 60).await;
        keep(&actor, &template("photon-1vm"), 61).await;
        world.settle().await;
        world.advance_millis(MINUTE - 1).await;
        if crash {
            world.crash().await;
        } else {
            world.restart().await;
        }
        actor = world.reconnect(&actor);
        assert_eq!(actor.get(&template("three-vms")).await.status, 200);
        // Nobody is awake when the leases end.
        world.sleep_millis(2_000);
        if crash {
            world.crash().await;
        } else {
            world.restart().await;
        }
        actor = world.reconnect(&actor).unattended();
        assert_eq!(actor.get(&template("three-vms")).await.status, 403, "who asks does not see what is over");
        world.settle().await;
        assert_eq!(actor.get(&template("photon-1vm")).await.status, 403);
    }
}

#[tokio::test]
async fn only_who_may_edit_leases_changes_those_of_an_organization() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    for user in ["author@example", "orgadmin2@example2"] {
        assert_eq!(policy(&world.login(user).await, "vApp", DELETES).await.status, 403, "{user}");
    }
    for (of, inner) in
        [("vApp", "<StorageLeaseSeconds>-1</StorageLeaseSeconds>"), ("vAppTemplate", "<StorageLeaseSeconds>-1</StorageLeaseSeconds>")]
    {
        assert_eq!(policy(&admin, of, inner).await.status, 400, "{of}");
    }
    let told = told(&world).await;
    let changed = policy(&admin, "vApp", "<StorageLeaseSeconds>60</StorageLeaseSeconds>").await;
    assert_eq!(changed.text_of("DeploymentLeaseSeconds").as_deref(), Some("0"), "what is not sent stays as it is");
    assert_eq!(world.story_since(told).await, ["true org/modify "]);
}
