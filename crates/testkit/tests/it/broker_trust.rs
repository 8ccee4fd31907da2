//! Whom the broker's connection trusts.

use vcdsim_model::family::settings::{AmqpSettings, AmqpTrust};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const AMQP: &str = "/api/admin/extension/settings/amqp";
const VCLOUD: &str = r#"xmlns="http://www.vmware.com/vcloud/v1.5""#;

fn pem() -> String {
    rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem().replace("\r\n", "\n")
}

async fn announce(actor: &Actor, part: &str, attributes: &str) -> Answer {
    let (action, root, media) = match part {
        "certificate" => ("updateAmqpCertificate", "CertificateUpdateParams", media::CERTIFICATE_UPDATE_PARAMS),
        _ => ("updateAmqpTruststore", "TrustStoreUpdateParams", media::TRUST_STORE_UPDATE_PARAMS),
    };
    actor.post(&format!("{AMQP}/action/{action}"), media, &format!("<{root} {VCLOUD} {attributes}/>")).await
}

fn place(socket: &Answer) -> String {
    assert_eq!(socket.status, 200, "{}", socket.text());
    let location = socket.text().split("uploadLocation=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    location[location.find("/transfer/").unwrap()..].to_owned()
}

async fn trust(world: &World) -> AmqpTrust {
    world.instance().app.cloud().read().setting::<AmqpSettings>().await.unwrap().trust
}

#[tokio::test]
async fn a_certificate_is_announced_sent_trusted_and_forgotten() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for version in ["5.1", "39.1"] {
        golden!(
            announce(&admin.at(version), "certificate", "fileSize=\"1\"").await,
            "settings",
            "certificate-upload",
            "schema (upload.xsd)"
        );
        golden!(announce(&admin.at(version), "truststore", "").await, "settings", "truststore-upload", "schema (upload.xsd)");
    }
    let (pem, other) = (pem(), pem());
    for (part, attributes) in [("certificate", format!("fileSize=\"{}\"", pem.len())), ("truststore", "password=\"secret\"".to_owned())] {
        let old = place(&announce(&admin, part, &attributes).await);
        let place = place(&announce(&admin, part, &attributes).await);
        assert_eq!(admin.put(&old, "application/octet-stream", &pem).await.status, 403, "another was announced since");
        let refused = admin.put(&place, "application/octet-stream", &"x".repeat(pem.len())).await;
        assert_eq!((refused.status, refused.text().contains("secret")), (400, false));
        assert_eq!(admin.put(&place.replace(part, "other"), "application/octet-stream", &pem).await.status, 404);
        assert_eq!(admin.put(&place, "application/octet-stream", &pem).await.status, 200);
        assert_eq!(admin.put(&place, "application/octet-stream", &pem).await.status, 403, "it is there, and nothing is awaited any more");
    }
    assert_eq!(trust(&world).await, AmqpTrust { certificate: Some(pem.clone()), truststore: Some(pem.clone()) });
    let longer = place(&announce(&admin, "certificate", &format!("fileSize=\"{}\"", pem.len() + 1)).await);
    assert_eq!(admin.put(&longer, "application/octet-stream", &other).await.status, 400);
    for (action, left) in [("resetAmqpCertificate", Some(pem.clone())), ("resetAmqpTruststore", None), ("resetAmqpTruststore", None)] {
        assert_eq!(admin.post_empty(&format!("{AMQP}/action/{action}")).await.status, 204);
        assert_eq!(trust(&world).await, AmqpTrust { certificate: None, truststore: left });
    }
    assert_eq!(admin.put(&longer, "application/octet-stream", &other).await.status, 403, "what is reset is awaited no more");
}

#[tokio::test]
async fn settings_that_are_put_leave_the_trust_as_it_is() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let pem = pem();
    let place = place(&announce(&admin, "certificate", "").await);
    assert_eq!(admin.put(&place, "application/octet-stream", &pem).await.status, 200);
    let document = admin.get(AMQP).await.text().to_owned();
    assert!(!document.contains("CERTIFICATE"));
    assert_eq!(admin.put(AMQP, media::AMQP_SETTINGS, &document).await.status, 200);
    assert_eq!(trust(&world).await.certificate, Some(pem));
}

#[tokio::test]
async fn only_the_provider_says_whom_to_trust_and_only_in_size() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let tenant = world.login("orgadmin@example").await;
    for size in ["0", "-1", "1048577"] {
        assert_eq!(announce(&admin, "certificate", &format!("fileSize=\"{size}\"")).await.status, 400, "{size}");
    }
    for part in ["certificate", "truststore"] {
        assert_eq!(announce(&tenant, part, "").await.status, 403);
        let place = place(&announce(&admin, part, "").await);
        assert_eq!(tenant.put(&place, "application/octet-stream", &pem()).await.status, 403);
    }
    for action in ["resetAmqpCertificate", "resetAmqpTruststore"] {
        assert_eq!(tenant.post_empty(&format!("{AMQP}/action/{action}")).await.status, 403);
        assert_eq!(admin.at("1.5").post_empty(&format!("{AMQP}/action/{action}")).await.status, 404, "it came with 5.1");
    }
}
