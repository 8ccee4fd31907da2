//! A working day in JSON alone. Invariant: nothing is sent or read in XML, and each change is seen by who reads it next.

use serde_json::{Value, json};
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World};

/// Somebody who speaks JSON only.
async fn speaking(world: &World, name: &str) -> Actor {
    let actor = world.anonymous().at("36.0").accepting("application/*+json").login(name, "password").await.unwrap();
    let session = actor.get("/api/session").await.json();
    assert_eq!(format!("{}@{}", session["user"].as_str().unwrap(), session["org"].as_str().unwrap()), name);
    actor
}

async fn read(actor: &Actor, url: &str) -> Value {
    let answer = actor.get(url).await;
    assert!(answer.status == 200 && answer.media().ends_with("json"), "{url}: {}", answer.text());
    answer.json()
}

async fn send(actor: &Actor, verb: &str, url: &str, body: &Value) -> Answer {
    let answer = actor.send(verb, url, &[("content-type", "application/*+json")], &body.to_string()).await;
    assert!((200..300).contains(&answer.status), "{verb} {url}: {}", answer.text());
    answer
}

/// The link of a document by relation, to a type in JSON where there is one.
fn link(document: &Value, rel: &str, word: &str) -> String {
    let fits = |link: &&Value| {
        let r#type = link["type"].as_str().unwrap_or_default();
        link["rel"] == rel && (word.is_empty() || r#type.ends_with(&format!(".{word}+json")))
    };
    let found = document["link"].as_array().unwrap().iter().find(fits);
    found.unwrap_or_else(|| panic!("no {rel} {word} in {document}"))["href"].as_str().unwrap().to_owned()
}

/// The member of an array that says to be of a type.
fn section<'v>(document: &'v mut Value, name: &str) -> &'v mut Value {
    document["section"].as_array_mut().unwrap().iter_mut().find(|section| section["_type"] == name).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The vApp `name` of the template `photon-1vm`.
async fn a_vapp(author: &Actor, name: &str) -> String {
    let vdc = format!("/api/vdc/{}", seeded_id(Kind::Vdc, "example-vdc"));
    let template =
        format!("https://vcd.test/api/vAppTemplate/vappTemplate-{}", seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm"));
    let place = link(&read(author, &vdc).await, "add", "instantiateVAppTemplateParams");
    let params = json!({
        "name": name, "description": "by JSON", "deploy": false, "powerOn": false, "source": {"href": template}, "allEULAsAccepted": true,
        "instantiationParams": {"section": [
            {"_type": "LeaseSettingsSectionType", "info": {"value": "l"}, "deploymentLeaseInSeconds": 7200, "storageLeaseInSeconds": 14400},
        ]},
    });
    let made = send(author, "POST", &place, &params).await.json();
    let task = text(&made["tasks"]["task"][0]["href"]);
    assert_eq!(read(author, &task).await["status"], "success");
    text(&made["href"])
}

#[tokio::test]
async fn machines_are_made_powered_and_edited() {
    let world = World::new().await;
    let author = speaking(&world, "author@example").await;
    let href = a_vapp(&author, "web").await;
    let mut vapp = read(&author, &href).await;
    assert_eq!((&vapp["status"], &vapp["description"], &vapp["deployed"]), (&8.into(), &"by JSON".into(), &false.into()));
    assert_eq!(section(&mut vapp, "LeaseSettingsSectionType")["deploymentLeaseInSeconds"], 7200);
    let startup = section(&mut vapp, "StartupSectionType").clone();
    assert_eq!((&startup["item"][0]["order"], &startup["item"][0]["startAction"]), (&0.into(), &"powerOn".into()));

    let machine = text(&vapp["children"]["vm"][0]["href"]);
    let mut vm = read(&author, &machine).await;
    let mut network = section(&mut vm, "NetworkConnectionSectionType").clone();
    network["networkConnection"][0]["networkAdapterType"] = "E1000E".into();
    network["networkConnection"][0]["ipAddressAllocationMode"] = "NONE".into();
    network["networkConnection"][0]["isConnected"] = false.into();
    let edit = link(&network, "edit", "networkConnectionSection");
    assert_eq!(send(&author, "PUT", &edit, &network).await.json()["operationName"], "vappUpdateVm");
    let mut vm = read(&author, &machine).await;
    assert_eq!(section(&mut vm, "NetworkConnectionSectionType")["networkConnection"][0]["networkAdapterType"], "E1000E");

    let mut guest = section(&mut vm, "GuestCustomizationSectionType").clone();
    guest["computerName"] = "renamed".into();
    send(&author, "PUT", &link(&guest, "edit", "guestCustomizationSection"), &guest).await;
    let mut vm = read(&author, &machine).await;
    assert_eq!(section(&mut vm, "GuestCustomizationSectionType")["computerName"], "renamed");

    // The whole machine back, with another name and more memory, which counts over what its hardware says.
    vm["name"] = "app".into();
    section(&mut vm, "VmSpecSectionType")["memoryResourceMb"]["configured"] = 3072.into();
    section(&mut vm, "VmSpecSectionType")["modified"] = true.into();
    let reconfigure = link(&vm, "reconfigureVm", "vm");
    send(&author, "POST", &reconfigure, &vm).await;
    let mut vm = read(&author, &machine).await;
    assert_eq!(vm["name"], "app");
    assert_eq!(section(&mut vm, "VmSpecSectionType")["memoryResourceMb"]["configured"], 3072);

    send(&author, "POST", &link(&vapp, "power:powerOn", ""), &json!({})).await;
    let running = read(&author, &href).await;
    assert_eq!((&running["status"], &running["children"]["vm"][0]["status"]), (&4.into(), &4.into()));
    let undeploy = link(&running, "undeploy", "undeployVAppParams");
    let refused =
        author.post(&undeploy, "application/vnd.vmware.vcloud.undeployVAppParams+json", r#"{"undeployPowerAction": "explode"}"#).await;
    assert_eq!((refused.status, &refused.json()["minorErrorCode"]), (400, &"BAD_REQUEST".into()));
    send(&author, "POST", &undeploy, &json!({"undeployPowerAction": "powerOff"})).await;
    let stopped = read(&author, &href).await;
    let gone = author.delete(&link(&stopped, "remove", "")).await;
    assert_eq!((gone.status, gone.json()["operationName"].as_str()), (202, Some("vdcDeleteVapp")));
    let absent = author.get(&href).await;
    assert_eq!((absent.status, absent.json()["minorErrorCode"].as_str()), (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")));
}

#[tokio::test]
async fn catalogs_networks_and_disks_are_made() {
    let world = World::new().await;
    let admin = speaking(&world, "orgadmin@example").await;
    let org = read(&admin, &format!("/api/org/{}", seeded_id(Kind::Org, "example"))).await;
    let made = send(&admin, "POST", &link(&org, "add", "catalog"), &json!({"name": "mine", "description": "d"})).await;
    assert_eq!((made.status, made.json()["name"].as_str()), (201, Some("mine")));
    let catalog = text(&made.json()["href"]);
    let mut whole = read(&admin, &catalog).await;
    whole["description"] = "other".into();
    send(&admin, "PUT", &catalog, &whole).await;
    assert_eq!(read(&admin, &catalog).await["description"], "other");

    let vdc = read(&admin, &format!("/api/vdc/{}", seeded_id(Kind::Vdc, "example-vdc"))).await;
    let network = json!({
        "name": "inner", "description": "d",
        "configuration": {
            "ipScopes": {"ipScope": [{
                "isInherited": false, "gateway": "10.9.0.1", "netmask": "255.255.255.0", "isEnabled": true,
                "ipRanges": {"ipRange": [{"startAddress": "10.9.0.10", "endAddress": "10.9.0.20"}]},
            }]},
            "fenceMode": "isolated",
        },
    });
    let made = send(&admin, "POST", &link(&vdc, "add", "orgVdcNetwork"), &network).await.json();
    let found = read(&admin, &text(&made["href"])).await;
    let scope = &found["configuration"]["ipScopes"]["ipScope"][0];
    assert_eq!((&scope["gateway"], &scope["isEnabled"]), (&"10.9.0.1".into(), &true.into()));

    let disk = json!({"disk": {"name": "data", "sizeMb": 64, "description": "d"}});
    let made = send(&admin, "POST", &link(&vdc, "add", "diskCreateParams"), &disk).await.json();
    let found = read(&admin, &text(&made["href"])).await;
    assert_eq!((&found["sizeMb"], &found["status"]), (&64.into(), &1.into()));
    let rows = read(&admin, "/api/query?type=disk&filter=name==data").await;
    assert_eq!(
        (&rows["total"], &rows["record"][0]["_type"], &rows["record"][0]["sizeB"]),
        (&1.into(), &"QueryResultDiskRecordType".into(), &(64 << 20).into())
    );
}

#[tokio::test]
async fn what_blocks_is_decided_and_settings_are_kept() {
    let world = World::new().await;
    let (admin, author) = (speaking(&world, "administrator@System").await, speaking(&world, "author@example").await);
    let href = a_vapp(&author, "gated").await;
    let place = "/api/admin/extension/settings/blockingTask";
    let mut settings = read(&admin, place).await;
    settings["timeoutInMilliseconds"] = 60_000.into();
    settings["blockingTaskOperations"] = json!({"operation": ["vappDeploy"]});
    let kept = send(&admin, "PUT", place, &settings).await.json();
    assert_eq!(kept["timeoutInMilliseconds"], 60_000);
    assert_eq!(kept["blockingTaskOperations"]["taskOperationType"][0]["operation"], "vappDeploy", "{kept}");

    for (action, ending) in [("abort", "aborted"), ("fail", "error"), ("resume", "success")] {
        let power = link(&read(&author, &href).await, "power:powerOn", "");
        let task = send(&author, "POST", &power, &json!({})).await.json();
        assert_eq!(task["status"], "preRunning");
        let waiting = read(&admin, "/api/admin/extension/blockingTasks").await;
        let blocking = text(&waiting["reference"][0]["href"]);
        let document = read(&admin, &blocking).await;
        assert_eq!((&document["timeoutAction"], &document["taskOwner"]["name"]), (&"abort".into(), &"gated".into()));
        let longer = json!({"message": "wait", "timeoutValueInMilliseconds": 90_000});
        send(&admin, "POST", &link(&document, "updateProgress", "blockingTaskUpdateProgressOperationParams"), &longer).await;
        let decided = send(&admin, "POST", &link(&document, action, "blockingTaskOperationParams"), &json!({"message": "decided"})).await;
        assert_eq!(decided.status, 204);
        let ended = read(&author, &text(&task["href"])).await;
        assert_eq!(ended["status"], ending, "{ended}");
        assert_eq!(ended["error"].is_null(), ending == "success", "{ended}");
    }

    let general = "/api/admin/extension/settings/general";
    let before = read(&admin, general).await;
    assert_eq!(send(&admin, "PUT", general, &before).await.json(), before);
    let broken = admin.send("PUT", general, &[("content-type", "application/*+json")], "{\"sessionTimeoutMinutes\": \"soon\"}").await;
    let error = broken.json();
    assert_eq!((broken.status, &error["majorErrorCode"], &error["stackTrace"]), (400, &400.into(), &Value::Null));
    assert!(text(&error["message"]).contains("$.sessionTimeoutMinutes") || text(&error["message"]).contains("is missing"), "{error}");
}
