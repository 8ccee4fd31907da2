//! The life of vApps: power of a vApp and of its machines, how they are undeployed, what deploying again does.

use super::{NAMESPACES, a_vapp, block, state};
use crate::catalog::shared;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World};

async fn undeploy(actor: &Actor, url: &str, action: &str) -> Answer {
    let inner = if action.is_empty() { String::new() } else { format!("<UndeployPowerAction>{action}</UndeployPowerAction>") };
    let body = format!("<UndeployVAppParams {NAMESPACES}>{inner}</UndeployVAppParams>");
    actor.post(&format!("{url}/action/undeploy"), media::UNDEPLOY_VAPP_PARAMS, &body).await
}

#[tokio::test]
async fn each_way_to_undeploy_has_its_name_and_end() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let admin = world.login("administrator@System").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let ways = [
        ("", "vappUndeployPowerOff", "8/false"),
        ("powerOff", "vappUndeployPowerOff", "8/false"),
        ("shutdown", "vappUndeployPowerOff", "8/false"),
        ("default", "vappUndeployPowerOff", "8/false"),
        ("suspend", "vappUndeploySuspend", "3/false"),
    ];
    for url in [&vapp, &machine] {
        for (action, operation, end) in ways {
            assert_eq!(author.post_empty(&format!("{url}/power/action/powerOn")).await.status, 202);
            let task = undeploy(&author, url, action).await;
            assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some(operation)), "{action}");
            assert_eq!(state(&author.get(url).await), end, "{action}");
        }
        assert_eq!(author.post_empty(&format!("{url}/action/deploy")).await.status, 202, "what sleeps is deployed, and on");
        assert_eq!(state(&author.get(url).await), "4/true");
        assert_eq!(undeploy(&author, url, "force").await.status, 403, "force needs a right of the provider's");
        assert_eq!(undeploy(&admin, url, "force").await.status, 202);
        assert_eq!(state(&author.get(url).await), "8/false");
    }
    let refused = undeploy(&author, &vapp, "explode").await;
    assert!(refused.status == 400 && refused.text().contains("explode"), "{}", refused.text());
}

#[tokio::test]
async fn what_runs_is_deployed_again_without_effect_and_customization_can_be_forced() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let needs = async || author.get(&vapp).await.attribute_of("Vm", "needsCustomization").unwrap();
    let deploy = async |attributes: &str| {
        let body = format!("<DeployVAppParams {NAMESPACES} {attributes}/>");
        author.post(&format!("{vapp}/action/deploy"), media::DEPLOY_VAPP_PARAMS, &body).await.status
    };
    assert_eq!((deploy("").await, needs().await.as_str()), (202, "false"));
    assert_eq!((deploy("").await, state(&author.get(&vapp).await).as_str()), (202, "4/true"));
    assert_eq!((deploy(r#"powerOn="false" forceCustomization="true""#).await, needs().await.as_str()), (202, "false"), "it is on");
    author.post_empty(&format!("{vapp}/power/action/powerOff")).await;
    assert_eq!(deploy(r#"powerOn="false" forceCustomization="true""#).await, 202);
    let machine = author.get(&author.get(&vapp).await.attribute_of("Vm", "href").unwrap()).await;
    let enabled = machine.text().contains("<Enabled>true</Enabled>");
    assert_eq!(needs().await, enabled.to_string(), "a guest that may be prepared is, when it is next powered on");
}

#[tokio::test]
async fn a_busy_vapp_is_not_shared() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let admin = world.login("administrator@System").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let share = author.get(&vapp).await.link("controlAccess", media::CONTROL_ACCESS);
    block(&admin, "vappDeploy").await;
    assert_eq!(author.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    assert!(author.get(&vapp).await.find_link("controlAccess", "").is_none());
    let refused = author.post(&share, media::CONTROL_ACCESS, &shared(Some("ReadOnly"), &[])).await;
    assert_eq!(refused.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"), "{}", refused.text());
}

#[tokio::test]
async fn power_follows_links_and_each_step_is_a_task() {
    let world = World::new().await;
    let user = world.login("orgadmin@example").await;
    let vapp = a_vapp(&user, "shop", "three-vms").await;
    let steps = [
        ("power:powerOn", "vappDeploy", "4/true"),
        ("power:suspend", "vappSuspend", "3/true"),
        ("discardState", "vappDiscardSuspendedState", "8/false"),
        ("power:powerOn", "vappDeploy", "4/true"),
        ("power:reset", "vappReset", "4/true"),
        ("power:reboot", "vappRebootGuest", "4/true"),
        ("power:shutdown", "vappShutdownGuest", "8/true"),
        ("power:powerOn", "vappDeploy", "4/true"),
        ("power:powerOff", "vappPowerOff", "8/true"),
    ];
    for (rel, operation, expected) in steps {
        let url = user.get(&vapp).await.link(rel, "");
        let task = user.post_empty(&url).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some(operation)));
        assert_eq!(task.header("location"), task.attribute("href").as_deref());
        assert_eq!(state(&user.get(&vapp).await), expected, "after {rel}");
    }
    let undeploy = user.get(&vapp).await.link("undeploy", media::UNDEPLOY_VAPP_PARAMS);
    let body = format!("<UndeployVAppParams {NAMESPACES}><UndeployPowerAction>powerOff</UndeployPowerAction></UndeployVAppParams>");
    let task = user.post(&undeploy, media::UNDEPLOY_VAPP_PARAMS, &body).await;
    assert_eq!(task.attribute("operationName").as_deref(), Some("vappUndeployPowerOff"));
    assert_eq!(state(&user.get(&vapp).await), "8/false");
    let again = user.post(&undeploy, media::UNDEPLOY_VAPP_PARAMS, &body).await;
    assert_eq!((again.status, again.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
    assert!(again.attribute("message").unwrap().contains("POWERED_OFF"));
}

#[tokio::test]
async fn deploying_may_set_the_lease() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let body = |seconds: i32| format!(r#"<DeployVAppParams {NAMESPACES} powerOn="false" deploymentLeaseSeconds="{seconds}"/>"#);
    let deploy = author.get(&vapp).await.link("deploy", media::DEPLOY_VAPP_PARAMS);
    assert_eq!(author.post(&deploy, media::DEPLOY_VAPP_PARAMS, &body(-1)).await.status, 400);
    assert_eq!(author.post(&deploy, media::DEPLOY_VAPP_PARAMS, &body(3600)).await.status, 202);
    let there = author.get(&vapp).await;
    assert_eq!((state(&there).as_str(), there.text_of("DeploymentLeaseInSeconds").as_deref()), ("8/true", Some("3600")));
}

#[tokio::test]
async fn machines_have_power_of_their_own_and_the_vapp_follows() {
    let world = World::new().await;
    let user = world.login("orgadmin@example").await;
    let vapp = a_vapp(&user, "shop", "three-vms").await;
    let machine = user.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let task = user.post_empty(&user.get(&machine).await.link("power:powerOn", "")).await;
    assert_eq!(task.attribute_of("Owner", "href").as_deref(), Some(machine.as_str()));
    assert_eq!(state(&user.get(&machine).await), "4/true");
    assert_eq!(state(&user.get(&vapp).await), "10/true");
    let refused = user.delete(&machine).await;
    assert_eq!(refused.status, 400, "what is deployed is not deleted");
    assert_eq!(user.delete(&format!("{machine}?force=true")).await.status, 202);
    assert_eq!(user.get(&machine).await.status, 403);
    let left = user.get(&vapp).await;
    assert_eq!((state(&left).as_str(), left.count("Vm")), ("8/false", 2));
}
