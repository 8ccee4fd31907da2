//! Groups, and what is shared with them.

use crate::DOCUMENTED;
use crate::catalog::shared;
use crate::org::{admin_twin, org};
use crate::vapp::a_vapp;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::right::PredefinedRole;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

fn href(kind: Kind, word: &str, name: &str) -> String {
    format!("https://vcd.test/api/admin/{word}/{}", seeded_id(kind, name))
}

fn group(name: &str, members: &[&str]) -> String {
    let role = format!("https://vcd.test/api/admin/role/{}", PredefinedRole::VAPP_USER.id.unwrap());
    let member = |name: &&str| format!(r#"<UserReference href="{}"/>"#, href(Kind::User, "user", name));
    let members: String = members.iter().map(member).collect();
    format!(
        r#"<Group xmlns="http://www.vmware.com/vcloud/v1.5" name="{name}"><Description>those who build</Description><NameInSource>cn={name}</NameInSource><UsersList>{members}</UsersList><Role href="{role}"/></Group>"#
    )
}

async fn import(admin: &Actor, body: &str) -> Answer {
    let org = admin_twin(&org(admin, "example").await);
    let link = admin.get(&org).await.link("add", media::GROUP);
    admin.post(&link, media::GROUP, body).await
}

#[tokio::test]
async fn groups_are_imported_read_changed_and_removed() {
    let world = World::new().await;
    let (admin, member) = (world.login("orgadmin@example").await, world.login("author@example").await);
    let made = import(&admin, &group("builders", &["example/author"])).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let builders = made.attribute("href").unwrap();
    for version in DOCUMENTED {
        golden!(admin.at(version).get(&builders).await, "group", "builders", "recorded (elements of a real server)");
    }
    let mine = member.get(&href(Kind::User, "user", "example/author")).await;
    assert_eq!(mine.attribute_of("GroupReference", "name").as_deref(), Some("builders"));
    assert_eq!(import(&admin, &group("Builders", &[])).await.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"));
    let stranger = import(&admin, &group("others", &["example2/orgadmin2"])).await;
    assert_eq!(stranger.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
    for (name, status) in [("author@example", 200), ("user@example", 403), ("orgadmin2@example2", 403), ("administrator@System", 200)] {
        assert_eq!(world.login(name).await.get(&builders).await.status, status, "{name}");
    }
    let renamed = admin.put(&builders, media::GROUP, &group("masons", &[])).await;
    assert!(renamed.status == 400 && renamed.text().contains("renamed"), "{}", renamed.text());
    let changed = admin.put(&builders, media::GROUP, &group("builders", &["example/user"])).await;
    assert_eq!((changed.status, changed.attribute_of("UserReference", "name").as_deref()), (200, Some("user")));
    assert_eq!(member.get(&builders).await.status, 403, "it belongs to it no more");
    let listed = admin.get("/api/query?type=group&filter=roleName==vApp%20User").await;
    assert_eq!(listed.attribute_of("GroupRecord", "name").as_deref(), Some("builders"));
    assert_eq!(world.login("administrator@System").await.get("/api/query?type=adminGroup").await.count("AdminGroupRecord"), 1);
    assert_eq!(admin.delete(&builders).await.status, 204);
    assert_eq!(admin.get(&builders).await.status, 403);
    let told: Vec<_> = world.events().await.into_iter().map(|event| event.what.r#type).filter(|name| name.contains("/group/")).collect();
    let prefix = "com/vmware/vcloud/event/group";
    assert_eq!(told, ["import", "privilege/modify", "remove"].map(|word| format!("{prefix}/{word}")));
}

#[tokio::test]
async fn what_is_shared_with_a_group_is_shared_with_its_accounts() {
    let world = World::new().await;
    let (admin, owner) = (world.login("orgadmin@example").await, world.login("author@example").await);
    let (member, other) = (world.login("user@example").await, world.login("cataloger@example").await);
    let builders = import(&admin, &group("builders", &["example/user"])).await.attribute("href").unwrap();
    let vapp = a_vapp(&owner, "mine", "photon-1vm").await;
    let share = owner.get(&vapp).await.link("controlAccess", media::CONTROL_ACCESS);
    let given = owner.post(&share, media::CONTROL_ACCESS, &shared(None, &[(&builders, "Change")])).await;
    assert_eq!((given.status, given.attribute_of("Subject", "name").as_deref()), (200, Some("builders")), "{}", given.text());
    assert_eq!(given.attribute_of("Subject", "type").as_deref(), Some(media::GROUP));
    assert_eq!((member.get(&vapp).await.status, other.get(&vapp).await.status), (200, 403));
    assert_eq!(member.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    let theirs = world.login("orgadmin2@example2").await;
    let catalogs = format!("{}/catalogs", admin_twin(&org(&theirs, "example2").await));
    let body = r#"<AdminCatalog xmlns="http://www.vmware.com/vcloud/v1.5" name="far"/>"#;
    let far = theirs.post(&catalogs, media::ADMIN_CATALOG, body).await.attribute("href").unwrap().replace("/admin/", "/");
    let refused =
        theirs.post(&format!("{far}/action/controlAccess"), media::CONTROL_ACCESS, &shared(None, &[(&builders, "ReadOnly")])).await;
    assert_eq!(refused.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"), "{}", refused.text());
    assert_eq!(admin.delete(&builders).await.status, 204);
    assert_eq!(member.get(&vapp).await.status, 403, "its share has gone with it");
    assert_eq!(owner.get(&format!("{vapp}/controlAccess")).await.count("AccessSetting"), 0);
}
