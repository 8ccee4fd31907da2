//! Virtual machines: whole, in parts, and edited.

mod console;
mod drives;
mod edit;
mod reconfigure;
mod upkeep;

use crate::vapp::{POOL, a_vapp, instantiate, params};
use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn a_machine_at_every_version() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let author = author.at(version);
        golden!(author.get(&machine).await, "vm", "off", "recorded (shape of machines with status 8)");
    }
    let section = format!("{machine}/virtualHardwareSection");
    let parts = [
        ("cpu", "hardware-cpu"),
        ("memory", "hardware-memory"),
        ("disks", "hardware-disks"),
        ("media", "hardware-media"),
        ("networkCards", "hardware-networkCards"),
    ];
    for (part, case) in parts {
        golden!(author.at("5.5").get(&format!("{section}/{part}")).await, "vm", case, "recorded (items of machines)");
    }
    assert_eq!(author.get(&format!("{section}/flux")).await.status, 404);
}

#[tokio::test]
async fn the_provider_sees_where_vcenter_has_a_machine() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    assert_eq!(author.get(&vapp).await.count("VmVimInfo"), 0);
    let admin = world.login("administrator@System").await;
    let inside = admin.get(&vapp).await;
    assert_eq!((inside.count("VmVimInfo"), inside.count("MoRef")), (1, 3));
    let machine = admin.get(&inside.attribute_of("Vm", "href").unwrap()).await;
    assert_eq!(admin.get(&machine.attribute_of("VimServerRef", "href").unwrap()).await.status, 200);
    golden!(machine, "vm", "provider", "recorded (VmVimInfo of machines)");
    let template = admin.get(&crate::vapp::href(vcdsim_model::kind::Kind::VAppTemplate, "example-catalog/photon-1vm")).await;
    assert_eq!(template.count("VmVimInfo"), 1);
}

#[tokio::test]
async fn a_request_shapes_its_machines() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let template = params("shop", "photon-1vm", r#"deploy="false""#, "");
    let source = crate::vapp::href(vcdsim_model::kind::Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm");
    let sized = format!(
        r#"<SourcedVmInstantiationParams><Source href="{source}"/><HardwareCustomization><NumberOfCpus>4</NumberOfCpus><MemorySize>2048</MemorySize></HardwareCustomization></SourcedVmInstantiationParams><SourcedItem><Source href="{source}"/><VmGeneralParams><Name>web</Name></VmGeneralParams></SourcedItem></InstantiateVAppTemplateParams>"#
    );
    let made = instantiate(&author, &template.replace("</InstantiateVAppTemplateParams>", &sized)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let there = author.get(&made.attribute("href").unwrap()).await;
    assert_eq!(there.attribute_of("Vm", "name").as_deref(), Some("web"));
    let text = there.text();
    assert!(text.contains("4 virtual CPU(s)") && text.contains("2048 MB of memory") && text.contains("<ComputerName>web<"));
}

#[tokio::test]
async fn a_running_guest_is_told_of_itself() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let machine = edit::a_connected_machine(&author, "shop", POOL).await;
    assert!(!author.get(&machine).await.text().contains("Environment"), "a guest that is off is told nothing");
    author.post_empty(&format!("{machine}/power/action/powerOn")).await;
    let running = author.get(&machine).await;
    let said = |key: &str| running.text().contains(&format!(r#"ovfenv:key="{key}""#));
    assert!(said("vCloud_computerName") && said("vCloud_ip_0") && said("vCloud_macaddr_0"), "{}", running.text());
    assert!(running.attribute_of("Environment", "vCenterId").is_some_and(|moref| moref.starts_with("vm-")));
    golden!(running, "vm", "on", "recorded (ovfenv:Environment of machines that run; its keys from guides to guest customization)");
}
