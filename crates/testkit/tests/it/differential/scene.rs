//! A world with something of everything, for several people to look at. Invariant: all of it was made by requests.

use crate::capture::{capture, captured};
use crate::catalog::{a_catalog, shared, user_href};
use crate::disk::a_disk;
use crate::edge_gateway::routed;
use crate::org::{admin_twin, org};
use crate::vapp::{NAMESPACES, POOL, a_vapp, bridged, compose, composed, href, item, network};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World};

/// Two organizations; catalogs and vApps, some shared and some not; a machine that stands alone; disks, one of them attached; networks of
/// all sorts, vApps connected to them, and one in a VDC that is kept from most.
pub(crate) async fn furnished() -> World {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (author, cataloger) = (world.login("author@example").await, world.login("cataloger@example").await);
    let (_, lab) = routed::pair(&system, &admin).await;
    let wired = made(compose(&author, &composed("wired", &bridged("net"), &item("one", "net", POOL))).await);
    let inner = format!(r#"<ParentNetwork href="{}"/><FenceMode>bridged</FenceMode>"#, lab.replace("/api/admin/", "/api/"));
    made(compose(&admin, &composed("behind", &network("inner", &inner), &item("two", "inner", POOL))).await);
    let shop = a_vapp(&author, "shop", "three-vms").await;
    share(&author, &shop, &shared(None, &[(&user_href(&admin, "user").await, "ReadOnly")])).await;
    let open = a_vapp(&admin, "open", "photon-1vm").await;
    share(&admin, &open, &shared(Some("ReadOnly"), &[])).await;
    alone(&author).await;
    disks(&author, &admin, &wired).await;
    // A template that only its catalog's owner sees, as its catalog is not shared; and a catalog for the other organization.
    let mine = a_catalog(&cataloger, "mine").await.replace("/api/admin/", "/api/");
    let body = captured(&open, "copy", "");
    let add = cataloger.get(&mine).await.link("add", media::CAPTURE_VAPP_PARAMS);
    assert_eq!(cataloger.post(&add, media::CAPTURE_VAPP_PARAMS, &body).await.status, 202);
    assert_eq!(capture(&admin, &captured(&open, "everyone's", "")).await.status, 202);
    let abroad = a_catalog(&admin, "abroad").await.replace("/api/admin/", "/api/");
    assert_eq!(
        admin
            .post(
                &admin.get(&abroad).await.link("add", media::CAPTURE_VAPP_PARAMS),
                media::CAPTURE_VAPP_PARAMS,
                &captured(&open, "lent", "")
            )
            .await
            .status,
        202
    );
    share(&admin, &abroad, &shared(None, &[(&org(&system, "example2").await, "ReadOnly")])).await;
    private_vdc(&admin).await;
    world.settle().await;
    world
}

fn made(answer: vcdsim_testkit::Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.attribute("href").unwrap()
}

async fn share(actor: &Actor, object: &str, body: &str) {
    let link = actor.get(object).await.link("controlAccess", media::CONTROL_ACCESS);
    let answer = actor.post(&link, media::CONTROL_ACCESS, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn alone(actor: &Actor) {
    let source = href(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm");
    let body = format!(
        r#"<InstantiateVmTemplateParams {NAMESPACES} name="hermit"><SourcedVmTemplateItem><Source href="{source}"/></SourcedVmTemplateItem><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVmTemplateParams>"#
    );
    let url = format!("{}/action/instantiateVmFromTemplate", href(Kind::Vdc, "example-vdc"));
    let answer = actor.post(&url, media::INSTANTIATE_VM_TEMPLATE_PARAMS, &body).await;
    assert!([201, 202].contains(&answer.status), "{}", answer.text());
}

async fn disks(author: &Actor, admin: &Actor, vapp: &str) {
    let data = a_disk(author, "data", 64).await;
    a_disk(admin, "spare", 128).await;
    let machine = author.get(vapp).await.attribute_of("Vm", "href").unwrap();
    let body = format!(r#"<DiskAttachOrDetachParams {NAMESPACES}><Disk href="{data}"/></DiskAttachOrDetachParams>"#);
    let answer = author.post(&format!("{machine}/disk/action/attach"), media::DISK_ATTACH_OR_DETACH_PARAMS, &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

/// Keeps the second VDC to the author and those who see all.
async fn private_vdc(admin: &Actor) {
    let vdc = href(Kind::Vdc, "example-nsxt-vdc");
    let body = shared(None, &[(&user_href(admin, "author").await, "ReadOnly")]);
    let answer = admin.put(&format!("{}/action/controlAccess", admin_twin(&vdc)), media::CONTROL_ACCESS, &body).await;
    assert!(answer.status == 200 || admin.put(&format!("{vdc}/action/controlAccess"), media::CONTROL_ACCESS, &body).await.status == 200);
}
