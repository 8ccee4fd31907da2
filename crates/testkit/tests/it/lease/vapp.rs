//! Leases of vApps: how long one may run, and how long it is kept then.

use super::{DELETES, MINUTE, again, in_millis, is_expired, keep, policy, run, told};
use crate::vapp::{NAMESPACES, a_vapp, href, instantiate, params, state};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn a_vapp_that_ran_long_enough_is_suspended_and_kept_from_then_on() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vapp = a_vapp(&actor, "shop", "photon-1vm").await;
    keep(&actor, &vapp, 120).await;
    assert_eq!(actor.get(&vapp).await.text_of("StorageLeaseExpiration"), in_millis(&world, 2 * MINUTE));
    world.advance_millis(MINUTE).await;
    let body = format!(r#"<DeployVAppParams {NAMESPACES} powerOn="true" deploymentLeaseSeconds="60"/>"#);
    let deploy = actor.get(&vapp).await.link("deploy", media::DEPLOY_VAPP_PARAMS);
    assert_eq!(actor.post(&deploy, media::DEPLOY_VAPP_PARAMS, &body).await.status, 202);
    let running = actor.get(&vapp).await;
    assert_eq!(running.text_of("DeploymentLeaseExpiration"), in_millis(&world, MINUTE));
    assert_eq!(
        (state(&running).as_str(), running.text_of("StorageLeaseExpiration")),
        ("4/true", None),
        "while it runs it is not only kept"
    );
    let section = actor.get(&format!("{vapp}/leaseSettingsSection")).await;
    golden!(section, "vapp", "leases", "recorded (elements of a real server)");
    let told = told(&world).await;
    world.advance_millis(MINUTE - 1).await;
    assert_eq!(state(&actor.get(&vapp).await), "4/true");
    world.advance_millis(1).await;
    let stopped = actor.get(&vapp).await;
    assert_eq!((state(&stopped).as_str(), stopped.text_of("DeploymentLeaseExpiration")), ("3/false", None));
    assert_eq!(stopped.text_of("StorageLeaseExpiration"), in_millis(&world, 2 * MINUTE), "from now on");
    let story = world.story_since(told).await;
    assert_eq!(story[0], "true vapp/runtime_lease_expiry ");
    assert!(story.contains(&"true vapp/undeploy vappUndeploySuspend".to_owned()), "{story:?}");
    world.advance_millis(2 * MINUTE).await;
    assert_eq!(is_expired(&actor, "vApp", "shop").await.as_deref(), Some("true"));
}

#[tokio::test]
async fn an_organization_may_have_vapps_powered_off_and_deleted() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let inner = format!(
        "{DELETES}<DeploymentLeaseSeconds>60</DeploymentLeaseSeconds><StorageLeaseSeconds>60</StorageLeaseSeconds>\
         <PowerOffOnRuntimeLeaseExpiration>true</PowerOffOnRuntimeLeaseExpiration>"
    );
    let changed = policy(&actor.at("39.1"), "vApp", &inner).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    golden!(changed, "org", "leases", "recorded (as part of the administrator's view)");
    let made = instantiate(&actor, &params("shop", "photon-1vm", "", "")).await.attribute("href").unwrap();
    assert_eq!(state(&actor.get(&made).await), "4/true");
    world.advance_millis(MINUTE).await;
    assert_eq!(state(&actor.get(&made).await), "8/false");
    world.advance_millis(MINUTE - 1).await;
    assert_eq!(actor.get(&made).await.status, 200);
    world.advance_millis(1).await;
    assert_eq!(actor.get(&made).await.status, 403);
}

#[tokio::test]
async fn an_expired_vapp_is_only_deleted_or_renewed() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vapp = a_vapp(&actor, "shop", "photon-1vm").await;
    let machine = actor.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    keep(&actor, &vapp, 60).await;
    world.advance_millis(MINUTE).await;
    for href in [&vapp, &machine] {
        let document = actor.get(href).await;
        assert_eq!(document.find_link("power:powerOn", ""), None, "{}", document.text());
        let refused = actor.post_empty(&format!("{href}/power/action/powerOn")).await;
        assert!(refused.status == 400 && refused.text().contains("has expired"), "{}", refused.text());
    }
    assert_eq!(actor.get(&machine).await.find_link("remove", ""), None);
    assert_eq!(actor.delete(&machine).await.status, 400, "its machines stay as they are");
    let body = format!(r#"<CaptureVAppParams {NAMESPACES} name="x"><Source href="{vapp}"/></CaptureVAppParams>"#);
    let url = format!("{}/action/captureVApp", href(Kind::Vdc, "example-vdc"));
    assert_eq!(actor.post(&url, media::CAPTURE_VAPP_PARAMS, &body).await.status, 400);
    assert!(actor.get(&vapp).await.find_link("remove", "").is_some());
    let told = told(&world).await;
    keep(&actor, &vapp, 60).await;
    world.settle().await;
    let story = world.story_since(told).await;
    assert!(story.contains(&"true vapp/lease_expiration_changed vdcUpdateVapp".to_owned()), "{story:?}");
    assert_eq!(actor.get(&vapp).await.text_of("StorageLeaseExpiration"), in_millis(&world, MINUTE));
    assert_eq!(actor.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 202);
    assert_eq!(state(&actor.get(&vapp).await), "4/true");
}

#[tokio::test]
async fn deploying_takes_the_storage_lease_away_and_no_lease_is_for_ever() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vapp = a_vapp(&actor, "shop", "photon-1vm").await;
    keep(&actor, &vapp, 60).await;
    let machine = actor.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    assert_eq!(actor.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 202);
    world.advance_millis(100 * 86_400_000).await;
    let actor = again(&world).await;
    assert_eq!(state(&actor.get(&vapp).await), "4/true");
    run(&actor, &vapp, 60).await;
    run(&actor, &vapp, 0).await;
    world.advance_millis(100 * 86_400_000).await;
    assert_eq!(state(&again(&world).await.get(&vapp).await), "4/true");
}
