//! Every published type of event: told, or left out for a reason. Invariant: the table of operations and the table of types say all that is
//! told, no more and no less.

use crate::operation::sample::{SAMPLES, Sample};
use crate::operation::scene::Scene;
use std::collections::BTreeSet;
use vcdsim_model::event::{EventType, Origin, PREFIX};
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vm::Edit;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_model::right::PredefinedRole;
use vcdsim_platform::catalog::Publish;
use vcdsim_platform::catalog_item::AddItem;
use vcdsim_platform::change::Change;
use vcdsim_platform::group::{GroupRequest, ImportGroup, RemoveGroup, UpdateGroup};
use vcdsim_platform::media::{Place, UploadMedia};
use vcdsim_platform::org::UpdateLeases;
use vcdsim_platform::seed::seeded_id;
use vcdsim_platform::storage_profile::UpdateStorageProfile;
use vcdsim_platform::vapp::{NetworkChange, NetworkRequest, NicRequest, UpdateNetworks, UpdateVApp};
use vcdsim_platform::vapp_template::UploadTemplate;
use vcdsim_platform::vm::{Changes, EditVm, NicsRequest, Power};
use vcdsim_task_engine::{Operation, Pace};

/// What has no published type of event.
const WITHOUT: [Name; 5] =
    [Name::MetadataUpdate, Name::VappCheckVmCompliance, Name::AffinityRuleCreate, Name::AffinityRuleUpdate, Name::AffinityRuleDelete];

async fn told_since(scene: &Scene, seq: i64) -> BTreeSet<String> {
    let events = scene.world.events().await;
    let since = events.iter().filter(|event| event.seq > seq);
    since.map(|event| event.what.r#type.strip_prefix(PREFIX).unwrap_or(&event.what.r#type).to_owned()).collect()
}

/// What a sample tells when it succeeds.
async fn told_by(stage: &Scene, sample: &Sample) -> BTreeSet<String> {
    let scene = stage.fork(Pace::Immediate).await;
    let seq = scene.world.events().await.last().map_or(0, |event| event.seq);
    scene.submit(sample).await;
    scene.pass(60).await;
    told_since(&scene, seq).await
}

#[tokio::test]
async fn every_type_is_told_or_has_a_reason_why_not() {
    let stage = Scene::new().await;
    let (mut told, mut wrong) = (BTreeSet::new(), Vec::new());
    for sample in SAMPLES {
        let of_it = told_by(&stage, sample).await;
        let row = sample.0.info();
        let kind = |short: &str| EventType::find(short).map(EventType::kind);
        let concerned: Vec<_> = of_it.iter().map(|short| kind(short)).collect();
        let words = row.request.iter().chain(row.outcome).filter(|short| concerned.contains(&kind(short)));
        wrong.extend(words.filter(|short| !of_it.contains(**short)).map(|short| format!("{} does not tell {short}", row.name)));
        let tells = row.outcome.iter().any(|short| of_it.contains(*short));
        if tells == WITHOUT.contains(&sample.0) {
            wrong.push(format!("{} tells an outcome: {tells}", row.name));
        }
        told.extend(of_it);
    }
    told.extend(a_day(&stage).await);
    let served: BTreeSet<_> = stage.cloud().engine().registry().names().collect();
    for event in EventType::all() {
        let by_row =
            served.iter().map(|name| name.info()).any(|row| row.request.iter().chain(row.outcome).any(|one| *one == event.short()));
        let expected = match event.origin() {
            Origin::Operations => by_row,
            Origin::Does(_) => true,
            Origin::Nothing(_) => false,
        };
        if told.contains(event.short()) != expected {
            wrong.push(format!("{} is told: {}; {:?}", event.short(), !expected, event.origin()));
        }
    }
    wrong.extend(told.iter().filter(|short| EventType::find(short).is_none()).map(|short| format!("{short} is no published type")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is told besides operations that succeed.
async fn a_day(stage: &Scene) -> BTreeSet<String> {
    let scene = stage.fork(Pace::Immediate).await;
    let seq = scene.world.events().await.last().map_or(0, |event| event.seq);
    assert!(scene.cloud().login("author", "example", "wrong").await.is_err());
    settings(&scene).await;
    machines(&scene).await;
    lost_uploads(&scene).await;
    decisions(&scene).await;
    told_since(&scene, seq).await
}

async fn change<C: Change>(scene: &Scene, id: uuid::Uuid, change: C) -> Urn {
    scene.cloud().change(id, change, &scene.caller).await.unwrap()
}

async fn done<O: Operation>(scene: &Scene, operation: O) {
    scene.cloud().submit(operation, &scene.caller).await.unwrap();
    scene.pass(60).await;
}

async fn settings(scene: &Scene) {
    let org = seeded_id(Kind::Org, "example");
    let role = Some(Urn::new(Kind::Role, PredefinedRole::VAPP_USER.id.unwrap()));
    let group =
        || GroupRequest { name: "builders".to_owned(), description: None, provider: None, name_in_source: None, role, members: None };
    let made = change(scene, org, ImportGroup(group())).await;
    change(scene, made.id, UpdateGroup(group())).await;
    change(scene, made.id, RemoveGroup).await;
    change(scene, org, UpdateLeases { deployment_seconds: Some(7_200), storage_seconds: None, deletes: None, powers_off: None }).await;
    let catalog = seeded_id(Kind::Catalog, "example-catalog");
    change(scene, catalog, Publish { published: true }).await;
    let (place, image_type) = (Place::Vdc(seeded_id(Kind::Vdc, "example-vdc")), "iso".to_owned());
    let loose = UploadMedia { place, name: "loose".to_owned(), description: None, image_type, size: 0, storage_profile: None };
    let loose = scene.cloud().submit(loose, &scene.caller).await.unwrap().task.owner;
    scene.pass(60).await;
    change(scene, catalog, AddItem { name: "loose".to_owned(), description: None, entity: loose }).await;
    let fast = seeded_id(Kind::VdcStorageProfile, "example-vdc/fast");
    assert_eq!(change(scene, fast, UpdateStorageProfile { limit_mb: Some(1 << 20), ..UpdateStorageProfile::default() }).await.id, fast);
    assert_eq!(scene.cloud().read().get::<VdcStorageProfile>(fast).await.unwrap().body().limit_mb, 1 << 20);
}

/// Addresses, networks that run, and a lease that ends.
async fn machines(scene: &Scene) {
    let inner = NetworkRequest { name: "inner".to_owned(), fence_mode: "isolated".to_owned(), ..NetworkRequest::default() };
    done(scene, UpdateNetworks { vapp: scene.off.id, change: NetworkChange::All(vec![inner]) }).await;
    let card = NicRequest {
        index: 0,
        network: "inner".to_owned(),
        mode: "MANUAL".to_owned(),
        ip: Some("192.168.2.77".to_owned()),
        mac: None,
        connected: true,
        adapter: None,
    };
    let changes = Changes { nics: Some(NicsRequest { primary: None, nics: vec![card] }), ..Changes::default() };
    done(scene, EditVm { id: scene.machine.id, at: Edit::Whole, changes }).await;
    done(scene, UpdateVApp { deployment_lease_seconds: Some(3_600), ..UpdateVApp::of(scene.off.id) }).await;
    done(scene, Power::new(scene.off, PowerChange::PowerOn)).await;
    scene.pass(3_600).await;
}

async fn lost_uploads(scene: &Scene) {
    let place = Place::Catalog(seeded_id(Kind::Catalog, "example-catalog"));
    let (name, image_type) = ("lost".to_owned(), "iso".to_owned());
    let medium = UploadMedia { place, name: name.clone(), description: None, image_type, size: 9, storage_profile: None };
    scene.cloud().submit(medium, &scene.caller).await.unwrap();
    let template =
        UploadTemplate { place, name: format!("{name} too"), description: None, storage_profile: None, manifest_required: false };
    scene.cloud().submit(template, &scene.caller).await.unwrap();
    scene.pass(24 * 3_600).await;
}

/// Each decision about a blocked task.
async fn decisions(scene: &Scene) {
    use vcdsim_model::blocking::TimeoutAction;
    use vcdsim_platform::blocking_task::Decision;
    for decision in [Decision::Abort, Decision::Fail, Decision::Resume] {
        scene.gate(Name::VappReset, TimeoutAction::Abort).await;
        let reset = Power::new(scene.on, PowerChange::Reset);
        let sent = scene.cloud().submit(reset, &scene.caller).await.unwrap();
        scene.decide(&sent, decision).await;
    }
}
