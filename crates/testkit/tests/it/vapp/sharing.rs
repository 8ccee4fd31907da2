//! Whose a vApp is, with whom it is shared, and when only the provider may touch it.

use super::{a_vapp, state};
use crate::DOCUMENTED;
use crate::catalog::shared;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, World, golden};

fn user(name: &str) -> String {
    format!("https://vcd.test/api/admin/user/{}", seeded_id(Kind::User, name))
}

/// What somebody gets of a vApp, of its first machine, and by a query.
async fn sees(actor: &Actor, vapp: &str, machine: &str) -> (u16, u16, usize) {
    let found = actor.get("/api/query?type=vApp").await.count("VAppRecord");
    (actor.get(vapp).await.status, actor.get(machine).await.status, found)
}

#[tokio::test]
async fn shares_decide_who_sees_switches_and_deletes_a_vapp() {
    let world = World::new().await;
    let (owner, other) = (world.login("author@example").await, world.login("user@example").await);
    let vapp = a_vapp(&owner, "mine", "photon-1vm").await;
    let machine = owner.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let share = owner.get(&vapp).await.link("controlAccess", media::CONTROL_ACCESS);
    let give = async |body: &str| owner.post(&share, media::CONTROL_ACCESS, body).await;
    assert_eq!(sees(&other, &vapp, &machine).await, (403, 403, 0), "it is its owner's alone at first");

    let given = give(&shared(None, &[(&user("example/user"), "ReadOnly")])).await;
    assert_eq!((given.status, given.attribute_of("Subject", "name").as_deref()), (200, Some("user")), "{}", given.text());
    for version in DOCUMENTED {
        let document = owner.at(version).get(&owner.get(&vapp).await.link("down", media::CONTROL_ACCESS)).await;
        golden!(document, "vapp", "shares", "schema; what clients need of it (clients-python, ACL)");
    }
    assert_eq!(sees(&other, &vapp, &machine).await, (200, 200, 1));
    assert!(other.get(&vapp).await.find_link("power:powerOn", "").is_none(), "who reads switches nothing");
    assert_eq!(other.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 403);

    give(&shared(Some("Change"), &[])).await;
    assert_eq!(other.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    assert_eq!(state(&other.get(&vapp).await), "4/true");
    assert_eq!(other.delete(&format!("{vapp}?force=true")).await.status, 403, "only with full control");
    assert_eq!(other.post(&share, media::CONTROL_ACCESS, &shared(None, &[])).await.status, 403);
    let org = format!("https://vcd.test/api/admin/org/{}", seeded_id(Kind::Org, "example2"));
    assert_eq!(give(&shared(None, &[(&org, "ReadOnly")])).await.status, 400, "vApps stay in their organization");
    give(&shared(None, &[(&user("example/user"), "FullControl")])).await;
    assert_eq!(other.delete(&format!("{vapp}?force=true")).await.status, 202);
    assert_eq!(owner.get(&vapp).await.status, 403, "and it is gone");
}

#[tokio::test]
async fn a_vapp_is_given_away_with_its_machines() {
    let world = World::new().await;
    let (admin, author, other) =
        (world.login("orgadmin@example").await, world.login("author@example").await, world.login("user@example").await);
    let vapp = a_vapp(&author, "mine", "photon-1vm").await;
    let owner = author.get(&vapp).await.link("down", media::OWNER);
    for version in DOCUMENTED {
        golden!(admin.at(version).get(&owner).await, "vapp", "owner", "schema; links as for catalogs");
    }
    let body = format!(r#"<Owner xmlns="http://www.vmware.com/vcloud/v1.5"><User href="{}"/></Owner>"#, user("example/user"));
    assert_eq!(author.put(&owner, media::OWNER, &body).await.status, 403, "authors give nothing away");
    assert_eq!(admin.put(&owner, media::OWNER, &body).await.status, 204);
    let machine = admin.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    assert_eq!((author.get(&vapp).await.status, author.get(&machine).await.status), (403, 403));
    assert_eq!(sees(&other, &vapp, &machine).await, (200, 200, 1));
    let record = other.get("/api/query?type=vm&filter=isVAppTemplate==false").await;
    assert_eq!(record.attribute_of("VMRecord", "ownerName").as_deref(), Some("user"), "{}", record.text());
    let foreign = body.replace(&user("example/user"), &user("example2/orgadmin2"));
    assert_eq!(admin.put(&owner, media::OWNER, &foreign).await.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
}

#[tokio::test]
async fn in_maintenance_only_the_provider_changes_a_vapp() {
    let world = World::new().await;
    let (tenant, provider) = (world.login("orgadmin@example").await, world.login("administrator@System").await);
    let vapp = a_vapp(&tenant, "mine", "photon-1vm").await;
    let enter = provider.get(&vapp).await.link("enterMaintenanceMode", "");
    assert!(tenant.get(&vapp).await.find_link("enterMaintenanceMode", "").is_none());
    assert_eq!(tenant.post_empty(&enter).await.status, 403);
    assert_eq!(provider.post_empty(&enter).await.status, 204);
    assert_eq!(provider.post_empty(&enter).await.status, 400, "it is in maintenance already");

    for version in ["1.5", "39.1"] {
        golden!(tenant.at(version).get(&vapp).await, "vapp", "in-maintenance", "inferred (what the reference of the operation says)");
    }
    let machine = tenant.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    for refused in [format!("{vapp}/power/action/powerOn"), format!("{machine}/power/action/powerOn")] {
        assert_eq!(tenant.post_empty(&refused).await.status, 403);
    }
    assert_eq!(tenant.delete(&vapp).await.status, 403);
    assert_eq!(provider.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 202);

    let exit = provider.get(&vapp).await.link("exitMaintenanceMode", "");
    assert_eq!((provider.post_empty(&exit).await.status, provider.post_empty(&exit).await.status), (204, 400));
    assert_eq!(tenant.post_empty(&format!("{machine}/power/action/powerOff")).await.status, 202);
}
