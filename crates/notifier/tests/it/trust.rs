//! Whom a broker over TLS is trusted by. Each certificate but the good ones is wrong in one way, which is said in words that stay the same.

use crate::proxy::Proxy;
use crate::support::{Emit, Rig, broker, configure, event, store};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::time::Duration;
use vcdsim_model::family::settings::{AmqpSettings, AmqpTrust};
use vcdsim_notifier::{BrokerError, Standing, test_connection};

const LIMIT: Duration = Duration::from_secs(20);

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for this host name, of this authority or else of itself, which ends in this year.
fn certificate(authority: Option<&Authority>, name: &str, until: i32) -> (Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(until, 1, 1));
    let signed = authority.map_or_else(|| params.self_signed(&key), |authority| params.signed_by(&key, authority));
    (signed.unwrap(), key)
}

fn trusting(certificate: Option<String>, truststore: Option<String>) -> AmqpTrust {
    AmqpTrust { certificate, truststore }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_broker_with_a_right_certificate_is_trusted() {
    let Some(broker) = broker("trust").await else { return };
    let upstream = (broker.settings.host.clone(), broker.settings.port);
    let (known, strange) = (authority(), authority());
    let pem = || Some(known.pem());
    let of_its_own = certificate(None, "localhost", 4000);
    let leaf = certificate(Some(&strange), "localhost", 4000);
    let old_leaf = certificate(Some(&strange), "localhost", 2021);
    let (own_pem, leaf_pem, old_pem) = (of_its_own.0.pem(), leaf.0.pem(), old_leaf.0.pem());
    let both = format!("{}{}", strange.pem(), known.pem());
    let cases = [
        (certificate(Some(&known), "localhost", 4000), trusting(pem(), None), None),
        (certificate(Some(&known), "localhost", 4000), trusting(None, Some(both)), None),
        (of_its_own, trusting(Some(own_pem), None), None),
        (leaf, trusting(Some(leaf_pem), pem()), None),
        (old_leaf, trusting(Some(old_pem), None), Some("the broker's certificate has expired")),
        (certificate(Some(&known), "localhost", 2021), trusting(pem(), None), Some("the broker's certificate has expired")),
        (certificate(Some(&known), "elsewhere.test", 4000), trusting(pem(), None), Some("the broker's certificate is for another host")),
        (certificate(Some(&strange), "localhost", 4000), trusting(pem(), None), Some("an authority that is not trusted")),
        (certificate(None, "localhost", 4000), trusting(None, None), Some("an authority that is not trusted")),
        (certificate(Some(&known), "localhost", 4000), trusting(Some(PEM_WITHOUT_SENSE.to_owned()), None), Some("cannot be read")),
    ];
    for ((certificate, key), trust, wrong) in cases {
        let proxy = Proxy::tls(upstream.clone(), &certificate, &key).await;
        let settings = AmqpSettings { host: "localhost".into(), port: proxy.port, use_ssl: true, trust, ..broker.settings.clone() };
        let outcome = test_connection(&settings, LIMIT).await;
        match (wrong, outcome) {
            (None, Ok(())) => {}
            (Some(wrong), Err(BrokerError::Tls { reason, .. })) => assert!(reason.contains(wrong), "{reason}"),
            (wrong, outcome) => panic!("expected {wrong:?}, got {outcome:?}"),
        }
        // Whatever it is, somebody who accepts all accepts it.
        test_connection(&AmqpSettings { ssl_accept_all: true, ..settings }, LIMIT).await.unwrap();
    }
}

const PEM_WITHOUT_SENSE: &str = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";

/// The attempts go on with the same words; other trust is other settings, and counts at once.
#[tokio::test(flavor = "multi_thread")]
async fn trust_that_comes_later_lets_the_messages_through() {
    let Some(broker) = broker("later-trust").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let known = authority();
    let (certificate, key) = certificate(Some(&known), "localhost", 2021);
    let proxy = Proxy::tls((broker.settings.host.clone(), broker.settings.port), &certificate, &key).await;
    let strict = AmqpSettings {
        host: "localhost".into(),
        port: proxy.port,
        use_ssl: true,
        trust: trusting(Some(known.pem()), None),
        ..broker.settings.clone()
    };
    let store = store().await;
    configure(&store, strict.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "waits")])).await.unwrap();
    let first = rig.until("the refusal", |state| state.state == Standing::Waiting).await;
    let later = rig.until("some more attempts", |state| state.counts.attempts >= 4 && state.state == Standing::Waiting).await;
    assert_eq!((first.error, first.since), (later.error, later.since));
    assert!(later.next_attempt.is_some() && !later.connected);
    configure(&store, AmqpSettings { ssl_accept_all: true, ..strict }).await.unwrap();
    assert_eq!(xml.names_until("waits").await, ["waits"]);
    rig.end().await;
    broker.clean().await;
}
