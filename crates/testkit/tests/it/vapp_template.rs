//! vApp templates and their machines.

use crate::vapp::{below, href};
use vcdsim_model::kind::Kind;
use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn templates_and_their_machines() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let author = author.at(version);
        let template = author.get(&href(Kind::VAppTemplate, "example-catalog/three-vms")).await;
        assert_eq!((template.status, template.attribute("status").as_deref(), template.count("Vm")), (200, Some("8"), 3));
        golden!(template, "vapp_template", "three-vms", "recorded (shape of templates with status 8)");
        let machine = author.get(&template.attribute_of("Vm", "href").unwrap()).await;
        assert_eq!(machine.attribute("name").as_deref(), Some("firstVM"));
        golden!(machine, "vapp_template", "machine", "recorded (shape of machines of templates)");
    }
}

#[tokio::test]
async fn nothing_a_template_points_to_is_missing() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    for version in ["1.5", "39.1"] {
        let author = author.at(version);
        let hrefs = below(&author.get(&href(Kind::VAppTemplate, "example-catalog/three-vms")).await);
        assert!(hrefs.len() > 20, "{hrefs:?}");
        for url in hrefs {
            assert_eq!(author.get(&url).await.status, 200, "{url} at {version}");
        }
    }
}

#[tokio::test]
async fn templates_are_their_organizations() {
    let world = World::new().await;
    let url = href(Kind::VAppTemplate, "example-catalog/photon-1vm");
    assert_eq!(world.login("orgadmin2@example2").await.get(&url).await.status, 403);
    assert_eq!(world.login("user@example").await.get(&url).await.status, 200, "the catalog is shared with everyone");
    assert_eq!(world.login("administrator@System").await.get(&url).await.status, 200);
}
