//! The life of vApps beside plain power: how they are undeployed, what deploying again does.

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
