//! What is done to machines beside editing them: upgraded, moved, checked, customized, given tools and the ability to run machines.

use crate::vapp::{NAMESPACES, a_vapp, block, decide, href};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

async fn a_machine(actor: &Actor, name: &str) -> String {
    let vapp = a_vapp(actor, name, "photon-1vm").await;
    actor.get(&vapp).await.attribute_of("Vm", "href").unwrap()
}

/// Follows a link of the machine's document that takes nothing along.
async fn send(actor: &Actor, machine: &str, rel: &str) -> Answer {
    actor.post_empty(&actor.get(machine).await.link(rel, "")).await
}

/// The operation of a task that was accepted and has succeeded.
async fn done(actor: &Actor, answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let task = actor.get(&answer.attribute("href").unwrap()).await;
    assert_eq!(task.attribute("status").as_deref(), Some("success"), "{}", task.text());
    task.attribute("operationName").unwrap()
}

async fn power(actor: &Actor, machine: &str, change: &str) {
    assert_eq!(actor.post_empty(&format!("{machine}/power/action/{change}")).await.status, 202);
}

#[tokio::test]
async fn a_machine_becomes_one_of_the_newest_generation() {
    let world = World::new().await;
    let (admin, author) = (world.login("administrator@System").await, world.login("author@example").await);
    let machine = a_machine(&author, "shop").await;
    let version = async || author.get(&machine).await.text_of("VirtualSystemType").unwrap();
    assert_eq!(version().await, "vmx-13");
    block(&admin, "vappUpgradeHwVersion").await;
    assert_eq!(send(&author, &machine, "upgrade").await.status, 202);
    assert!(author.get(&machine).await.find_link("upgrade", "").is_none(), "its task holds it");
    decide(&admin, "abort").await;
    assert_eq!(version().await, "vmx-13");
    send(&author, &machine, "upgrade").await;
    decide(&admin, "resume").await;
    assert_eq!(version().await, "vmx-19", "the newest of its provider VDC");
    power(&author, &machine, "powerOn").await;
    let refused = author.post_empty(&format!("{machine}/action/upgradeHardwareVersion")).await;
    assert!(refused.status == 400 && refused.text().contains("POWERED_ON"), "{}", refused.text());
}

#[tokio::test]
async fn the_provider_joins_disks_and_moves_machines() {
    let world = World::new().await;
    let (admin, author) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let machine = a_machine(&author, "shop").await;
    for rel in ["consolidate", "checkCompliance"] {
        assert!(author.get(&machine).await.find_link(rel, "").is_none(), "tenants do not {rel}");
    }
    assert_eq!(author.post_empty(&format!("{machine}/action/consolidate")).await.status, 403);
    assert_eq!(done(&admin, &send(&admin, &machine, "consolidate").await).await, "vappConsolidateVm");
    let place = Kind::Datastore.info().place(View::Extension).path;
    let to = |name: &str| format!("https://vcd.test{place}{}", seeded_id(Kind::Datastore, name));
    let body = |href: &str| format!(r#"<RelocateParams {NAMESPACES}><Datastore href="{href}"/></RelocateParams>"#);
    let link = admin.get(&machine).await.link("relocate", media::RELOCATE_VM_PARAMS);
    let task = admin.post(&link, media::RELOCATE_VM_PARAMS, &body(&to("shared-disk-2"))).await;
    assert_eq!(done(&admin, &task).await, "vappRelocateVm");
    let document = admin.get(&machine).await;
    let xml = document.xml();
    let lies = xml.descendants().find(|node| node.tag_name().name() == "DatastoreVimObjectRef").unwrap();
    let moref = lies.descendants().find(|node| node.tag_name().name() == "MoRef").and_then(|node| node.text()).map(str::to_owned);
    let datastore = admin.get(&to("shared-disk-2")).await;
    assert_eq!(moref, datastore.text_of("MoRef"), "{}", document.text());
    for wrong in [href(Kind::Media, "example-catalog/example-media"), to("none")] {
        assert_eq!(admin.post(&link, media::RELOCATE_VM_PARAMS, &body(&wrong)).await.status, 400);
    }
}

#[tokio::test]
async fn storage_is_checked_and_what_was_found_is_kept() {
    let world = World::new().await;
    let (admin, author) = (world.login("administrator@System").await, world.login("author@example").await);
    let machine = a_machine(&author, "shop").await;
    let result = admin.get(&machine).await.link("down", media::COMPLIANCE_RESULT);
    assert_eq!(author.get(&result).await.status, 403);
    let never = admin.get(&result).await;
    assert_eq!((never.text_of("ComplianceStatus").as_deref(), never.text_of("ComplianceCheckTime")), (Some("UNKNOWN"), None));
    assert_eq!(done(&admin, &send(&admin, &machine, "checkCompliance").await).await, "vappCheckVmCompliance");
    for version in ["5.1", "36.0"] {
        golden!(admin.at(version).get(&result).await, "vm", "compliance", "schema");
    }
    let profile = author.get(&machine).await.attribute_of("StorageProfile", "href").unwrap();
    let profile = crate::org::admin_twin(&profile);
    let disabled = admin.get(&profile).await.text().replace("<Enabled>true</Enabled>", "<Enabled>false</Enabled>");
    // The default profile of a VDC stays enabled, so another one becomes that.
    let fast = crate::org::admin_twin(&href(Kind::VdcStorageProfile, "example-vdc/fast"));
    let default = admin.get(&fast).await.text().replace("<Default>false</Default>", "<Default>true</Default>");
    assert_eq!(admin.put(&fast, media::ADMIN_VDC_STORAGE_PROFILE, &default).await.status, 200);
    let disabled = disabled.replace("<Default>true</Default>", "<Default>false</Default>");
    assert_eq!(admin.put(&profile, media::ADMIN_VDC_STORAGE_PROFILE, &disabled).await.status, 200);
    assert_eq!(admin.get(&result).await.text_of("ComplianceStatus").as_deref(), Some("COMPLIANT"), "that was found");
    send(&admin, &machine, "checkCompliance").await;
    assert_eq!(admin.get(&result).await.text_of("ComplianceStatus").as_deref(), Some("NON_COMPLIANT"));
}

#[tokio::test]
async fn a_guest_is_prepared_again_when_it_is_powered_on_next() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author, "shop").await;
    let status = async || author.get(&format!("{machine}/guestcustomizationstatus/")).await.text_of("GuestCustStatus").unwrap();
    let able = |enabled: bool| {
        format!("<GuestCustomizationSection {NAMESPACES}><ovf:Info/><Enabled>{enabled}</Enabled></GuestCustomizationSection>")
    };
    let set = async |enabled: bool| {
        let url = format!("{machine}/guestCustomizationSection");
        assert_eq!(author.put(&url, media::GUEST_CUSTOMIZATION_SECTION, &able(enabled)).await.status, 202);
    };
    set(true).await;
    power(&author, &machine, "powerOn").await;
    assert_eq!(
        (status().await.as_str(), author.get(&machine).await.attribute("needsCustomization").as_deref()),
        ("GC_PENDING", Some("false"))
    );
    world.advance_millis(5_000).await;
    assert_eq!(status().await, "GC_COMPLETE", "that takes some seconds");
    let answer = send(&author, &machine, "customizeAtNextPowerOn").await;
    assert_eq!((answer.status, answer.text()), (204, ""));
    assert_eq!(
        (status().await.as_str(), author.get(&machine).await.attribute("needsCustomization").as_deref()),
        ("GC_PENDING", Some("true"))
    );
    for version in ["20.0", "36.0"] {
        let section = author.at(version).get(&format!("{machine}/guestcustomizationstatus")).await;
        golden!(section, "vm", "customization-pending", "schema; its states are those that go-vcloud-director knows");
    }
    power(&author, &machine, "reset").await;
    assert_eq!(author.get(&machine).await.attribute("needsCustomization").as_deref(), Some("true"), "its power stayed on");
    power(&author, &machine, "powerOff").await;
    power(&author, &machine, "powerOn").await;
    world.advance_millis(5_000).await;
    assert_eq!(status().await, "GC_COMPLETE");
    set(false).await;
    assert!(author.get(&machine).await.find_link("customizeAtNextPowerOn", "").is_none());
    let refused = author.post_empty(&format!("{machine}/action/customizeAtNextPowerOn")).await;
    assert!(refused.status == 400 && refused.text().contains("GuestCustomizationSection"), "{}", refused.text());
    assert_eq!(author.at("5.5").post_empty(&format!("{machine}/action/customizeAtNextPowerOn")).await.status, 404);
}

#[tokio::test]
async fn machines_are_made_to_run_machines_and_get_tools() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author, "shop").await;
    let nested = async || author.get(&machine).await.attribute("nestedHypervisorEnabled").unwrap();
    assert_eq!((nested().await.as_str(), author.get(&machine).await.find_link("disable", "")), ("false", None));
    assert_eq!(done(&author, &send(&author, &machine, "enable").await).await, "vappUpdateVm");
    assert_eq!((nested().await.as_str(), author.get(&machine).await.find_link("enable", "")), ("true", None));
    let again = author.post_empty(&format!("{machine}/action/enableNestedHypervisor")).await;
    assert!(again.status == 400 && again.text().contains("already"), "{}", again.text());
    done(&author, &send(&author, &machine, "disable").await).await;
    assert_eq!(nested().await, "false");
    assert!(author.get(&machine).await.find_link("installVmwareTools", "").is_none(), "the guest does not run");
    power(&author, &machine, "powerOn").await;
    assert_eq!(done(&author, &send(&author, &machine, "installVmwareTools").await).await, "vappUpdateVm");
    let refused = author.post_empty(&format!("{machine}/action/enableNestedHypervisor")).await;
    assert!(refused.status == 400 && refused.text().contains("POWERED_ON"), "{}", refused.text());
}
