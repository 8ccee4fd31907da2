//! Rows of what is no object of its own: networks of vApps, relations, addresses, the cell. Invariant: a tenant has rows of what it sees.

use super::{ADMIN, total, values};
use crate::DOCUMENTED;
use crate::differential::scene::furnished;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, golden};

/// The values of some attributes of a query's rows.
async fn table(actor: &Actor, query: &str, attributes: &[&str]) -> Vec<Vec<String>> {
    let answer = actor.get(&format!("/api/query?{query}&pageSize=128")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let xml = answer.xml();
    let rows = xml.root_element().children().filter(|node| node.is_element() && node.tag_name().name() != "Link");
    let of = |row: roxmltree::Node<'_, '_>| attributes.iter().map(|name| row.attribute(*name).unwrap_or("-").to_owned()).collect();
    rows.map(of).collect()
}

#[tokio::test]
async fn networks_of_vapps_have_rows_that_lead_to_them() {
    let world = furnished().await;
    let (admin, author) = (world.login(ADMIN).await, world.login("author@example").await);
    let query = "type=adminVAppNetwork&sortAsc=name";
    let found = table(&admin, query, &["name", "gateway", "vappName", "isBusy", "isIpScopeInherited"]).await;
    assert_eq!(found, [["inner", "10.1.0.1", "behind", "false", "true"], ["net", "192.168.1.1", "wired", "false", "true"]]);
    let vapp = values(&admin.get("/api/query?type=adminVApp&filter=name==wired").await, "href").remove(0);
    let by_vapp = format!("type=adminVAppNetwork&filter=vApp=={vapp}");
    assert_eq!(table(&admin, &by_vapp, &["name", "vApp"]).await, [["net", vapp.as_str()]]);
    let by_name = table(&admin, "type=adminVAppNetwork&filter=name==net", &["name"]).await;
    assert_eq!(by_name, [["net"]], "the name is that of the network, not of the vApp");
    assert_eq!(table(&author, "type=vAppNetwork", &["name", "vAppName"]).await, [["net", "wired"]], "others' vApps are not its own");
    assert_eq!(total(&world.login("user@example").await.get("/api/query?type=vAppNetwork").await), 0);
    // go-vcloud-director asks so, from its versions on.
    let linked = table(&admin, "type=adminVAppNetwork&filter=isLinked==true&sortAsc=name", &["name", "isLinked"]).await;
    assert_eq!(linked, [["inner", "true"], ["net", "true"]]);
    assert_eq!(table(&admin.at("37.0"), "type=adminVAppNetwork&filter=isLinked==false", &["name"]).await.len(), 0);
    assert_eq!(table(&author.at("37.0"), "type=vAppNetwork&filter=isLinked==true", &["name", "isLinked"]).await, [["net", "true"]]);
    let references = admin.get("/api/query?type=vAppNetwork&format=references").await;
    assert_eq!(references.attribute_of("VAppNetworkReference", "type").as_deref(), Some(media::VAPP_NETWORK));
    for href in values(&references, "href") {
        assert_eq!(admin.get(&href).await.attribute("type").as_deref(), Some(media::VAPP_NETWORK));
    }
    for version in DOCUMENTED {
        golden!(admin.at(version).get("/api/query?type=adminVAppNetwork").await, "query", "networks-of-vapps", "schema");
    }
}

#[tokio::test]
async fn a_machine_has_the_network_of_its_vapp() {
    let world = furnished().await;
    let admin = world.login(ADMIN).await;
    let network = values(&admin.get("/api/query?type=vAppNetwork&filter=name==net").await, "href");
    let machine = table(&admin, "type=vm&filter=containerName==wired", &["network", "networkName"]).await;
    assert_eq!(machine, [[network[0].as_str(), "net"]]);
    let backed = table(&admin, "type=adminVM&filter=containerName==wired", &["hostName", "datastoreName", "vmToolsVersion"]).await;
    assert_eq!(backed, [["host1.example.test", "shared-disk-1", "12352"]]);
    let used = table(&admin, "type=orgVdcNetwork&filter=name==example-net,name==lab&sortAsc=name", &["name", "usedIpCount"]).await;
    assert_eq!(used, [["example-net", "1"], ["lab", "1"]]);
    let disks = table(&admin, "type=orgVdc&sortAsc=name", &["name", "numberOfDisks"]).await;
    assert_eq!(disks, [["example-nsxt-vdc", "0"], ["example-vdc", "2"]]);
    assert_eq!(table(&admin, "type=organization&filter=name==example", &["numberOfDisks"]).await, [["2"]]);
    let stored = table(&admin, "type=adminDisk&filter=name==data", &["datastoreName", "isAttached"]).await;
    assert_eq!(stored, [["shared-disk-1", "true"]]);
}

#[tokio::test]
async fn a_lease_ends_when_the_record_of_a_machine_says() {
    let world = furnished().await;
    let author = world.login("author@example").await;
    let vapp = values(&author.get("/api/query?type=vApp&filter=name==wired").await, "href").remove(0);
    let section = author.get(&format!("{vapp}/leaseSettingsSection/")).await;
    let kept = section.text_of("StorageLeaseExpiration");
    let row = table(&author, "type=vm&filter=containerName==wired", &["autoUndeployDate", "autoDeleteDate"]).await;
    assert_eq!(row, [["-".to_owned(), kept.unwrap_or_else(|| "-".to_owned())]]);
    assert_eq!(
        author
            .post(
                &author.get(&vapp).await.link("deploy", media::DEPLOY_VAPP_PARAMS),
                media::DEPLOY_VAPP_PARAMS,
                r#"<DeployVAppParams xmlns="http://www.vmware.com/vcloud/v1.5" powerOn="false"/>"#
            )
            .await
            .status,
        202
    );
    let runs = author.get(&format!("{vapp}/leaseSettingsSection/")).await.text_of("DeploymentLeaseExpiration");
    let row = table(&author, "type=vm&filter=containerName==wired", &["autoUndeployDate", "autoDeleteDate"]).await;
    assert_eq!(row, [[runs.unwrap_or_else(|| "-".to_owned()), "-".to_owned()]]);
}

#[tokio::test]
async fn relations_have_a_row_as_long_as_they_hold() {
    let world = furnished().await;
    let (admin, author) = (world.login(ADMIN).await, world.login("author@example").await);
    let disk = values(&admin.get("/api/query?type=disk&filter=name==data").await, "href").remove(0);
    let machine = values(&admin.get("/api/query?type=vm&filter=containerName==wired").await, "href").remove(0);
    let vdc = values(&admin.get("/api/query?type=orgVdc&filter=name==example-vdc").await, "href").remove(0);
    let related = [[vdc.as_str(), disk.as_str(), machine.as_str()]];
    assert_eq!(table(&admin, "type=adminVMDiskRelation", &["vdc", "disk", "vm"]).await, related);
    assert_eq!(table(&author, &format!("type=vmDiskRelation&filter=vm=={machine}"), &["vdc", "disk", "vm"]).await, related);
    assert_eq!(total(&world.login("user@example").await.get("/api/query?type=vmDiskRelation").await), 0);
    let detach = format!(r#"<DiskAttachOrDetachParams {}><Disk href="{disk}"/></DiskAttachOrDetachParams>"#, crate::vapp::NAMESPACES);
    let answer = author.post(&format!("{machine}/disk/action/detach"), media::DISK_ATTACH_OR_DETACH_PARAMS, &detach).await;
    assert_eq!((answer.status, table(&admin, "type=adminVMDiskRelation", &["disk"]).await.len()), (202, 0));

    let networks = "type=vAppOrgVdcNetworkRelation&sortAsc=name";
    let found = table(&admin, networks, &["name", "entityType", "orgVdcNetworkName", "status", "ownerName"]).await;
    let hermit = found.iter().find(|row| row[0] == "hermit");
    assert!(hermit.is_none(), "its card is on no network: {found:?}");
    assert_eq!(found, [["behind", "vapp", "lab", "POWERED_OFF", "orgadmin"], ["wired", "vapp", "example-net", "POWERED_OFF", "author"]]);
    let lab = values(&admin.get("/api/query?type=orgVdcNetwork&filter=name==lab").await, "href").remove(0);
    assert_eq!(table(&admin, &format!("{networks}&filter=orgVdcNetwork=={lab}"), &["name"]).await, [["behind"]]);
    let older = table(&admin, "type=vAppOrgNetworkRelation&sortAsc=name", &["name", "orgNetworkName", "configurationType"]).await;
    assert_eq!(older, [["behind", "lab", "bridged"], ["wired", "example-net", "bridged"]]);
    let org_admin = world.login("orgadmin@example").await;
    assert_eq!(table(&org_admin, networks, &["name"]).await, [["behind"], ["wired"]]);
    assert_eq!(total(&world.login("orgadmin2@example2").await.get("/api/query?type=vAppOrgVdcNetworkRelation").await), 0);
}

#[tokio::test]
async fn what_vcenter_gives_has_rows_for_the_provider() {
    let world = furnished().await;
    let admin = world.login(ADMIN).await;
    let pools =
        table(&admin, "type=providerVdcResourcePoolRelation", &["name", "resourcePoolMoref", "isPrimary", "vcName", "numberOfVMs"]).await;
    let known = table(&admin, "type=resourcePool", &["name", "moref"]).await;
    assert_eq!(pools.len(), 2);
    for pool in &pools {
        assert!(known.contains(&pool[..2].to_vec()) && pool[2..4] == ["true", "vc1"], "{pool:?}");
    }
    let machines = table(&admin, "type=vm&filter=isVAppTemplate==false", &["name"]).await.len();
    assert_eq!(pools.iter().map(|pool| pool[4].parse::<usize>().unwrap()).sum::<usize>(), machines);
    let vdcs = table(&admin, "type=orgVdcResourcePoolRelation", &["vdc", "resourcePoolMoref"]).await;
    assert_eq!(vdcs.len(), 2);
    let stores = table(&admin, "type=datastoreProviderVdcRelation&sortAsc=name", &["name", "datastoreType", "vcName", "storageMB"]).await;
    assert_eq!(
        stores.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
        ["shared-disk-1", "shared-disk-1", "shared-disk-2", "shared-disk-2"]
    );
    let same = table(&admin, "type=datastore&filter=name==shared-disk-1", &["name", "datastoreType", "vcName", "storageMB"]).await;
    assert_eq!(stores[0], same[0]);
    let list = table(&admin, "type=resourcePoolVmList", &["name", "containerName"]).await;
    assert_eq!(list, table(&admin, "type=vm", &["name", "containerName"]).await);
    let cell = table(&admin, "type=cell", &["name", "isActive", "isVMwareVc", "version"]).await;
    assert_eq!(cell, [["vcdsim", "1", "0", "10.6.0.24056158"]]);
    let addresses = table(&admin, "type=adminAllocatedExternalAddress", &["ipAddress", "network", "linkedNetwork", "org"]).await;
    assert_eq!(addresses.len(), 1);
    assert!(addresses[0].iter().all(|value| value != "-") && addresses[0][0].starts_with("192.168.50."), "{addresses:?}");
    let tenant = world.login("orgadmin@example").await;
    assert_eq!(table(&tenant, "type=allocatedExternalAddress", &["ipAddress"]).await, [[addresses[0][0].clone()]]);
    assert_eq!(total(&world.login("orgadmin2@example2").await.get("/api/query?type=allocatedExternalAddress").await), 0);
}

#[tokio::test]
async fn events_are_found_by_what_they_are_about_and_when() {
    let world = furnished().await;
    let (admin, author) = (world.login(ADMIN).await, world.login("author@example").await);
    let vapp = values(&admin.get("/api/query?type=adminVApp&filter=name==wired").await, "href").remove(0);
    let about = format!("type=event&filter=entity=={vapp}");
    let found = table(&author, &about, &["eventType", "entityName", "eventStatus"]).await;
    assert!(found.len() >= 2 && found.iter().all(|row| row[1..] == ["wired", "1"]), "{found:?}");
    let ids = values(&author.get(&format!("/api/query?{about}&format=idrecords")).await, "entity");
    assert!(ids.iter().all(|urn| urn.starts_with("urn:vcloud:vapp:")), "{ids:?}");
    let types = format!("{about};eventType==*vapp/create&sortAsc=timeStamp");
    assert_eq!(table(&author, &types, &["eventType"]).await, [["com/vmware/vcloud/event/vapp/create"]]);
    let begun = table(&author, &format!("{about};timeStamp=ge=2026-03-04T08:15:00.000Z"), &["eventType"]).await;
    let later = table(&author, &format!("{about};timeStamp=gt=2030-01-01T00:00:00Z"), &["eventType"]).await;
    assert_eq!((begun.len(), later.len()), (found.len(), 0));
    let failed = table(&author, &format!("{about};eventStatus=lt=1"), &["eventType"]).await;
    assert_eq!(failed.len(), 0);
    let everywhere = table(&admin, "type=adminEvent", &["orgName", "productVersion", "eventId"]).await;
    assert!(everywhere.iter().any(|row| row[0] == "example") && everywhere.iter().all(|row| row[1] == "10.6.0.24056158" && row[2] != "-"));
    let charged = table(&admin, "type=adminEventCBM&filter=eventType==*vapp/create;entityName==wired", &["details", "orgName"]).await;
    assert_eq!(charged, [["vdcComposeVapp", "example"]]);
    let theirs = world.login("orgadmin2@example2").await.get("/api/query?type=event&pageSize=128").await;
    assert!(values(&theirs, "orgName").iter().all(|org| org == "example2"), "{}", theirs.text());
}
