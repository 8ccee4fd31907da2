//! Limits of VDCs and of their storage profiles.

use crate::capture::{capture, captured};
use crate::catalog::catalog;
use crate::org::admin_twin;
use crate::vapp::{NAMESPACES, a_vapp, block, decide, href, instantiate, params, state};
use crate::vapp_template::{PACKAGE, begin, files};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const QUIET: &str = r#"deploy="false" powerOn="false""#;

/// What a VDC may use: MHz of CPU, MB of memory, machines.
async fn limit(admin: &Actor, cpu: i64, memory: i64, machines: i64) -> Answer {
    let vdc = admin_twin(&href(Kind::Vdc, "example-vdc"));
    let capacity = |units: &str, limit: i64| format!("<Units>{units}</Units><Limit>{limit}</Limit>");
    let body = format!(
        r#"<AdminVdc {NAMESPACES} name="example-vdc"><ComputeCapacity><Cpu>{}</Cpu><Memory>{}</Memory></ComputeCapacity><VmQuota>{machines}</VmQuota></AdminVdc>"#,
        capacity("MHz", cpu),
        capacity("MB", memory)
    );
    let task = admin.put(&admin.get(&vdc).await.link("edit", media::ADMIN_VDC), media::ADMIN_VDC, &body).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcUpdateVdc")), "{}", task.text());
    task
}

/// How much may lie on the storage profile that new objects take, in MB.
async fn limit_storage(admin: &Actor, mb: i64) -> Answer {
    let profile = admin_twin(&href(Kind::VdcStorageProfile, "example-vdc/standard"));
    let document = admin.get(&profile).await;
    let was = document.text_of("Limit").unwrap();
    let body = document.text().replace(&format!("<Limit>{was}</Limit>"), &format!("<Limit>{mb}</Limit>"));
    admin.put(&document.link("edit", media::ADMIN_VDC_STORAGE_PROFILE), media::ADMIN_VDC_STORAGE_PROFILE, &body).await
}

/// What is used of that storage profile, in MB.
async fn used(admin: &Actor) -> i64 {
    let profile = admin.get(&href(Kind::VdcStorageProfile, "example-vdc/standard")).await;
    let of_query = admin.get("/api/query?type=adminOrgVdcStorageProfile&filter=name==standard;vdcName==example-vdc").await;
    let used = profile.text_of("StorageUsedMB").unwrap();
    assert_eq!(of_query.attribute_of("AdminOrgVdcStorageProfileRecord", "storageUsedMB").as_ref(), Some(&used));
    used.parse().unwrap()
}

fn refused(answer: &Answer, about: &str) {
    assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")), "{}", answer.text());
    assert!(answer.text().contains("exceeds a quota") && answer.text().contains(about), "{}", answer.text());
}

#[tokio::test]
async fn machines_count_from_the_moment_they_are_asked_for() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    // Four machines lie in the templates of the inventory.
    limit(&admin, 0, 0, 5).await;
    block(&admin, "vdcInstantiateVapp").await;
    let first = instantiate(&actor, &params("first", "photon-1vm", QUIET, "")).await;
    assert_eq!(first.status, 201);
    refused(&instantiate(&actor, &params("second", "photon-1vm", QUIET, "")).await, "6 virtual machine(s)");
    decide(&admin, "abort").await;
    assert_eq!(instantiate(&actor, &params("second", "photon-1vm", QUIET, "")).await.status, 201, "an abort gives back what was taken");
    decide(&admin, "fail").await;
    assert_eq!(instantiate(&actor, &params("third", "photon-1vm", QUIET, "")).await.status, 201, "what could not be made takes nothing");
    decide(&admin, "resume").await;
    let vapp = actor.get("/api/query?type=vApp&filter=name==third").await.attribute_of("VAppRecord", "href").unwrap();
    refused(&capture(&actor, &captured(&vapp, "captured", "")).await, "6 virtual machine(s)");
    assert_eq!(actor.delete(&vapp).await.status, 202);
    block(&admin, "vdcUpdateVapp").await;
    assert_eq!(instantiate(&actor, &params("fourth", "photon-1vm", QUIET, "")).await.status, 201);
}

#[tokio::test]
async fn storage_is_taken_by_machines_templates_and_images() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    assert_eq!(used(&admin).await, 4 * 2_048 + 4, "four machines in templates, and an image");
    let changed = limit_storage(&admin, 11_000).await;
    assert_eq!((changed.status, changed.text_of("Limit").as_deref()), (200, Some("11000")), "{}", changed.text());
    golden!(changed, "storage_profile", "limited", "documented (AdminVdcStorageProfile answers PUT)");
    let vapp = a_vapp(&actor, "new", "photon-1vm").await;
    assert_eq!(used(&admin).await, 5 * 2_048 + 4);
    refused(&instantiate(&actor, &params("more", "photon-1vm", QUIET, "")).await, "storage profile &quot;standard&quot;");
    refused(&capture(&actor, &captured(&vapp, "captured", "")).await, "12292 MB");
    let image = |size: i64| format!(r#"<Media {NAMESPACES} name="disc-{size}" imageType="iso" size="{size}"/>"#);
    let add = actor.get(&catalog(&actor).await).await.link("add", media::MEDIA);
    refused(&actor.post(&add, media::MEDIA, &image(800 << 20)).await, "11044 MB");
    assert_eq!(actor.post(&add, media::MEDIA, &image(700 << 20)).await.status, 201, "counted before a byte has come");
    assert_eq!(used(&admin).await, 5 * 2_048 + 4 + 700);
    let template = begin(&actor, "shop").await;
    let [[_, _, _, descriptor]] = files(&actor, &template).await.try_into().unwrap();
    refused(&actor.send("PUT", &descriptor, &[], PACKAGE).await, "27329 MB");
    assert_eq!((actor.get(&template).await.attribute("status").as_deref(), used(&admin).await), (Some("-1"), 5 * 2_048 + 4 + 700));
}

#[tokio::test]
async fn what_runs_counts_and_a_start_beyond_the_limit_fails() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (one, two) = (a_vapp(&actor, "one", "photon-1vm").await, a_vapp(&actor, "two", "photon-1vm").await);
    limit(&admin, 0, 1_000, 0).await;
    block(&admin, "vappDeploy").await;
    let mut tasks = Vec::new();
    for vapp in [&one, &two] {
        tasks.push(actor.post_empty(&format!("{vapp}/power/action/powerOn")).await);
    }
    for _ in 0..2 {
        decide(&admin, "resume").await;
    }
    // Both fit alone; the second one to run does not any more.
    let (mut ran, mut failed) = ((&one, &tasks[0]), (&two, &tasks[1]));
    if state(&actor.get(&one).await) != "4/true" {
        (ran, failed) = (failed, ran);
    }
    assert_eq!((state(&actor.get(ran.0).await), state(&actor.get(failed.0).await)), ("4/true".to_owned(), "8/false".to_owned()));
    let task = actor.get(&failed.1.attribute("href").unwrap()).await;
    assert_eq!(task.attribute("status").as_deref(), Some("error"));
    assert!(task.attribute_of("Error", "message").is_some_and(|message| message.contains("1024 MB of memory")), "{}", task.text());
    block(&admin, "vdcUpdateVapp").await;
    assert_eq!(actor.post_empty(&format!("{}/power/action/powerOff", ran.0)).await.status, 202);
    assert_eq!(actor.post_empty(&format!("{}/power/action/powerOn", failed.0)).await.status, 202);
    assert_eq!(state(&actor.get(failed.0).await), "4/true", "what was given back can be taken");
    limit(&admin, 500, 1_000, 0).await;
    let over = actor.get(&href(Kind::Vdc, "example-vdc")).await;
    assert!(over.text().contains("<Limit>500</Limit>") && over.text().contains("<Used>1000</Used>"), "a lower limit stops nothing");
}

#[tokio::test]
async fn who_may_say_what_is_used_is_the_provider() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (vdc, profile) = (admin_twin(&href(Kind::Vdc, "example-vdc")), admin_twin(&href(Kind::VdcStorageProfile, "example-vdc/standard")));
    let tenant = actor.get(&vdc).await;
    assert!(["edit", "enable", "disable"].iter().all(|rel| tenant.find_link(rel, "").is_none()), "{}", tenant.text());
    assert_eq!(actor.put(&vdc, media::ADMIN_VDC, &format!(r#"<AdminVdc {NAMESPACES} name="x"/>"#)).await.status, 403);
    assert_eq!(admin.put(&vdc, media::ADMIN_VDC, &format!(r#"<AdminVdc {NAMESPACES} name="example-nsxt-vdc"/>"#)).await.status, 400);
    for (units, limit, status) in [("GHz", "2", 202), ("PHz", "2", 400), ("MHz", "-2", 400)] {
        let capacity = format!("<Cpu><Units>{units}</Units><Limit>{limit}</Limit></Cpu><Memory><Units>MB</Units><Limit>0</Limit></Memory>");
        let body = format!(r#"<AdminVdc {NAMESPACES} name="example-vdc"><ComputeCapacity>{capacity}</ComputeCapacity></AdminVdc>"#);
        assert_eq!(admin.put(&vdc, media::ADMIN_VDC, &body).await.status, status, "{units}");
    }
    let limited = admin.get(&vdc).await;
    assert!(limited.text().contains("<Limit>2000</Limit>"), "{}", limited.text());
    golden!(limited, "vdc", "limited", "recorded (elements of real servers)");
    assert_eq!(admin.post_empty(&limited.link("disable", "")).await.status, 204);
    assert_eq!(instantiate(&actor, &params("no", "photon-1vm", QUIET, "")).await.status, 400, "a disabled VDC takes nothing");
    let disabled = admin.get(&vdc).await;
    assert!(disabled.find_link("disable", "").is_none());
    assert_eq!(admin.post_empty(&disabled.link("enable", "")).await.status, 204);
    let document = admin.get(&profile).await;
    let put = |from: &'static str, to: &'static str| {
        let (admin, profile, body) = (admin.clone(), profile.clone(), document.text().replace(from, to));
        async move { admin.put(&profile, media::ADMIN_VDC_STORAGE_PROFILE, &body).await.status }
    };
    assert_eq!(put("<Default>true</Default>", "<Default>false</Default>").await, 400, "one profile is the default");
    assert_eq!(put("<Enabled>true</Enabled>", "<Enabled>false</Enabled>").await, 400, "and is enabled");
    assert_eq!(put("<Units>MB</Units>", "<Units>GB</Units>").await, 400);
    let fast = admin_twin(&href(Kind::VdcStorageProfile, "example-vdc/fast"));
    let body = admin.get(&fast).await.text().replace("<Default>false</Default>", "<Default>true</Default>");
    assert_eq!(admin.put(&fast, media::ADMIN_VDC_STORAGE_PROFILE, &body).await.status, 200);
    assert_eq!(admin.get(&profile).await.text_of("Default").as_deref(), Some("false"));
}

#[tokio::test]
async fn a_limit_that_is_exceeded_already_refuses_only_more_of_the_same() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let vapp = a_vapp(&actor, "new", "photon-1vm").await;
    assert_eq!(actor.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    limit(&admin, 500, 100, 3).await;
    let add = actor.get(&catalog(&actor).await).await.link("add", media::MEDIA);
    let image = format!(r#"<Media {NAMESPACES} name="disc" imageType="iso" size="10"/>"#);
    assert_eq!(actor.post(&add, media::MEDIA, &image).await.status, 201, "an image is no machine and does not run");
    refused(&instantiate(&actor, &params("more", "photon-1vm", QUIET, "")).await, "6 virtual machine(s)");
    limit(&admin, 0, 0, 0).await;
    assert_eq!(limit_storage(&admin, 100).await.status, 200);
    assert_eq!(actor.post_empty(&format!("{vapp}/power/action/powerOff")).await.status, 202);
    assert_eq!(actor.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    assert_eq!(state(&actor.get(&vapp).await), "4/true", "what starts takes no storage");
    let too_much = limit_storage(&admin, 1 << 51).await;
    assert_eq!(too_much.status, 400, "{}", too_much.text());
}
