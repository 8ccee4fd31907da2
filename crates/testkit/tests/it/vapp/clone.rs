//! Copies of vApps, vApps that are moved, and machines that stand alone.

use super::recompose::{BLANK, ended, machines, names};
use super::{NAMESPACES, POOL, QUIET, a_vapp, block, bridged, compose, composed, decide, href, item, network, state, vdc};
use crate::network::{TWO, isolated, make_in};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

async fn cloned(actor: &Actor, vdc: &str, name: &str, source: &str, moved: bool) -> Answer {
    let link = actor.get(vdc).await.link("add", media::CLONE_VAPP_PARAMS);
    let body = format!(
        r#"<CloneVAppParams {NAMESPACES} name="{name}" {QUIET}><Source href="{source}"/><IsSourceDelete>{moved}</IsSourceDelete></CloneVAppParams>"#
    );
    actor.post(&link, media::CLONE_VAPP_PARAMS, &body).await
}

#[tokio::test]
async fn a_vapp_is_copied_and_moved_to_another_vdc() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await, world.login("administrator@System").await);
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let copy = cloned(&author, &vdc(), "branch", &vapp, false).await;
    assert_eq!((copy.status, state(&copy).as_str()), (201, "0/false"), "{}", copy.text());
    let there = author.get(&copy.attribute("href").unwrap()).await;
    assert_eq!((state(&there).as_str(), names(&there)), ("8/false", names(&author.get(&vapp).await)));
    let elsewhere = href(Kind::Vdc, "example-nsxt-vdc");
    block(&admin, "vdcCopyVapp").await;
    for decision in ["abort", "resume"] {
        let moved = cloned(&author, &elsewhere, "shop", &vapp, true).await;
        assert_eq!(moved.attribute_of("Task", "operationName").as_deref(), Some("vdcCopyVapp"));
        assert_eq!(author.get(&vapp).await.find_link("remove", ""), None, "it is held");
        decide(&admin, decision).await;
        let there = author.get(&moved.attribute("href").unwrap()).await;
        if decision == "abort" {
            assert_eq!((there.status, state(&author.get(&vapp).await).as_str()), (403, "8/false"));
        } else {
            assert_eq!((state(&there).as_str(), names(&there).len()), ("8/false", 3));
            assert_eq!(there.link("up", media::VDC), elsewhere);
            assert_eq!(author.get(&vapp).await.status, 403, "it has gone");
        }
    }
    let template = href(Kind::VAppTemplate, "example-catalog/three-vms");
    assert_eq!(cloned(&author, &vdc(), "other", &template, false).await.status, 400, "only vApps are copied so");
}

#[tokio::test]
async fn of_a_vapp_that_is_copied_a_machine_comes_itself() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let (vapp, other) = (a_vapp(&author, "shop", "three-vms").await, a_vapp(&author, "other", "photon-1vm").await);
    let first = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let clone = |name: &str, machine: &str| {
        format!(
            r#"<CloneVAppParams {NAMESPACES} name="{name}" {QUIET}><Source href="{vapp}"/><SourcedItem sourceDelete="true"><Source href="{machine}"/></SourcedItem></CloneVAppParams>"#
        )
    };
    let stranger = author.get(&other).await.attribute_of("Vm", "href").unwrap();
    let refused = asked(&author, media::CLONE_VAPP_PARAMS, &clone("branch", &stranger)).await;
    assert!(refused.status == 400 && refused.text().contains("Source"), "{}", refused.text());
    let copy = asked(&author, media::CLONE_VAPP_PARAMS, &clone("branch", &first)).await;
    assert_eq!(copy.status, 201, "{}", copy.text());
    let there = author.get(&copy.attribute("href").unwrap()).await;
    assert_eq!((names(&there).len(), names(&author.get(&vapp).await).len()), (3, 2));
    assert_eq!(author.get(&first).await.link("up", media::VAPP), there.attribute("href").unwrap());
}

#[tokio::test]
async fn networks_of_another_vdc_are_in_reach_when_it_shares_them() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await, world.login("orgadmin@example").await);
    let elsewhere = href(Kind::Vdc, "example-nsxt-vdc");
    let theirs = make_in(&admin, &elsewhere, &isolated("theirs", TWO, "")).await.attribute("href").unwrap();
    let inner = format!(r#"<ParentNetwork href="{}"/><FenceMode>bridged</FenceMode>"#, theirs.replace("/api/admin/", "/api/"));
    let connected = |name: &str| composed(name, &network("net", &inner), &item("one", "net", POOL));
    let refused = compose(&author, &connected("web")).await;
    assert!(refused.status == 400 && refused.text().contains("which does not share it"), "{}", refused.text());
    let shared = admin.get(&theirs).await.text().replace("IsShared>false", "IsShared>true");
    assert_eq!(admin.put(&theirs, media::ORG_VDC_NETWORK, &shared).await.status, 202);
    let web = compose(&author, &connected("web")).await;
    assert_eq!(web.status, 201, "{}", web.text());
    let shop = compose(&author, &composed("shop", &bridged("net"), &item("one", "net", POOL))).await.attribute("href").unwrap();
    for (source, fence) in [(web.attribute("href").unwrap(), "bridged"), (shop, "isolated")] {
        let copy = cloned(&author, &elsewhere, "copy", &source, true).await;
        assert_eq!(copy.status, 201, "{}", copy.text());
        let there = author.get(&copy.attribute("href").unwrap()).await;
        let found = (there.text_of("FenceMode"), there.count("ParentNetwork"), there.count("IpAddress"));
        assert_eq!(found, (Some(fence.to_owned()), usize::from(fence == "bridged"), 1), "{}", there.text());
        assert_eq!(author.delete(&copy.attribute("href").unwrap()).await.status, 202);
    }
}

async fn asked(actor: &Actor, media: &str, body: &str) -> Answer {
    let link = actor.get(&vdc()).await.link("add", media);
    actor.post(&link, media, body).await
}

/// A machine of nothing that stands alone; the href of its vApp.
async fn hermit(actor: &Actor, name: &str) -> String {
    let machine =
        BLANK.replace("CreateItem", "CreateVm").replace("\"blank\"", &format!("\"{name}\"")).replace("\"none\"", "\"example-net\"");
    let machine = machine.replace(">NONE<", ">POOL<").replace(">false</IsConnected>", ">true</IsConnected>");
    let body = format!(r#"<CreateVmParams {NAMESPACES} name="{name}">{machine}</CreateVmParams>"#);
    let sent = asked(actor, media::CREATE_VM_PARAMS, &body).await;
    assert_eq!(ended(actor, &sent).await, "success");
    actor.get(&sent.attribute("href").unwrap()).await.attribute_of("Owner", "href").unwrap()
}

#[tokio::test]
async fn a_machine_stands_alone_and_its_vapp_goes_with_it() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("36.0");
    let vapp = hermit(&author, "hermit").await;
    let there = author.get(&vapp).await;
    assert_eq!((there.text_of("autoNature").as_deref(), names(&there)), (Some("true"), vec!["hermit".to_owned()]));
    assert!(there.text_of("IpAddress").unwrap().starts_with("192.168.1."), "its card is on the network of the VDC");
    assert_eq!(there.find_link("recompose", media::RECOMPOSE_VAPP_PARAMS), None, "no other comes to it");
    golden!(there, "vapp", "standalone", "inferred (a vApp with autoNature true)");
    let found = author.get("/api/query?type=vm&filter=isAutoNature==true").await;
    assert_eq!(found.attribute("total").as_deref(), Some("1"));
    let machine = machines(&there)[0].2.clone();
    assert_eq!(author.delete(&machine).await.status, 202);
    assert_eq!((author.get(&machine).await.status, author.get(&vapp).await.status), (403, 403));
}

#[tokio::test]
async fn a_machine_that_stands_alone_is_on_networks_of_its_vdc() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await.at("36.0");
    let elsewhere = href(Kind::Vdc, "example-nsxt-vdc");
    let made = crate::network::make_in(&admin, &elsewhere, &crate::network::isolated("lab", crate::network::TWO, "")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let machine = BLANK.replace("CreateItem", "CreateVm").replace("\"none\"", "\"lab\"");
    let body = format!(r#"<CreateVmParams {NAMESPACES} name="stray">{machine}</CreateVmParams>"#);
    let refused = asked(&admin, media::CREATE_VM_PARAMS, &body).await;
    assert!(refused.status == 400 && refused.text().contains("lab"), "{}", refused.text());
}

#[tokio::test]
async fn a_machine_of_a_template_stands_alone_and_can_come_into_a_vapp() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("36.0");
    let source = href(Kind::TemplateVm, "example-catalog/three-vms/secondVM");
    let params = |name: &str, source: &str| {
        format!(
            r#"<InstantiateVmTemplateParams {NAMESPACES} name="{name}" powerOn="true"><SourcedVmTemplateItem><Source href="{source}"/></SourcedVmTemplateItem><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVmTemplateParams>"#
        )
    };
    let sent = asked(&author, media::INSTANTIATE_VM_TEMPLATE_PARAMS, &params("recluse", &source)).await;
    assert_eq!(ended(&author, &sent).await, "success");
    let hidden = author.get(&sent.attribute("href").unwrap()).await.attribute_of("Owner", "href").unwrap();
    let there = author.get(&hidden).await;
    assert_eq!((state(&there).as_str(), names(&there)), ("4/true", vec!["recluse".to_owned()]));
    let whole = href(Kind::VAppTemplate, "example-catalog/three-vms");
    let refused = asked(&author, media::INSTANTIATE_VM_TEMPLATE_PARAMS, &params("three", &whole)).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let hermit = hermit(&author, "hermit").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let machine = machines(&author.get(&hermit).await)[0].2.clone();
    let moved = format!(r#"<SourcedItem sourceDelete="true"><Source href="{machine}"/></SourcedItem>"#);
    assert_eq!(ended(&author, &super::recompose::recompose(&author, &vapp, "", &moved).await).await, "success");
    assert_eq!(
        (author.get(&hermit).await.status, names(&author.get(&vapp).await)),
        (403, vec!["hermit".to_owned(), "photon-1vm".to_owned()])
    );
}
