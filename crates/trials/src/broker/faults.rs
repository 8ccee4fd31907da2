//! The faults, each played on a server that was well before. Invariant: a fault that does not show itself in the server's state is an error,
//! as is one whose end does not.

use super::certificates::Shown;
use super::rig::{QUEUE, Rig, Target, channel, prepare};
use crate::bus::EXCHANGES;
use crate::client::path_in;
use crate::clock::{now, sleep_until};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions};
use lapin::types::FieldTable;
use std::time::Duration;
use tokio::net::TcpListener;

/// A fault: its name, how many lines the server may log meanwhile, and how it is played. A line is for a change of its state, never for each
/// message or attempt.
pub(super) type Fault = (&'static str, usize, for<'r> fn(&'r mut Rig) -> LocalBoxFuture<'r, Result<(), String>>);

/// All of them, in the order in which they are played. The first connects over TLS.
pub(super) const FAULTS: &[Fault] = &[
    ("tls", 30, |rig| tls(rig).boxed_local()),
    ("refused", 60, |rig| refused(rig).boxed_local()),
    ("mismatch", 12, |rig| mismatch(rig).boxed_local()),
    ("exchanges deleted", 36, |rig| deleted(rig).boxed_local()),
    ("settings changed", 60, |rig| settings(rig).boxed_local()),
    ("host emptied", 6, |rig| emptied(rig).boxed_local()),
    ("blocked", 4, |rig| blocked(rig).boxed_local()),
    ("queue full", 8, |rig| super::full::play(rig).boxed_local()),
    ("connections closed", 36, |rig| closed(rig).boxed_local()),
    ("broker stopped", 8, |rig| stopped(rig).boxed_local()),
];

/// Certificates that must not be trusted, and one that is.
async fn tls(rig: &mut Rig) -> Result<(), String> {
    let secure = rig.secure();
    rig.until("connected over TLS, by --amqp-ca", |state| state["state"] == "connected" && state["broker"]["tls"] == true).await?;
    rig.write(100).await?;
    let wrong = [
        (Shown::Expired, "the broker's certificate has expired"),
        (Shown::Elsewhere, "the broker's certificate is for another host"),
        (Shown::Stranger, "the broker's certificate comes from an authority that is not trusted"),
    ];
    for (shown, reason) in wrong {
        rig.node.show(&rig.certificates, shown).await?;
        rig.control(&["close_all_connections", "trial"]).await?;
        let state = rig.until_error(reason).await?;
        if state["state"] == "connected" || state["nextAttempt"].is_null() && state["state"] == "waiting" {
            return Err(format!("a certificate that is not to be trusted, and yet: {state}"));
        }
        rig.write(50).await?;
    }
    rig.turn_to(&Target { accept_all: true, ..secure.clone() }).await?;
    rig.until("AmqpSslAcceptAll: connected all the same", |state| state["state"] == "connected").await?;
    rig.turn_to(&secure).await?;
    rig.until_error("not trusted").await?;
    rig.node.show(&rig.certificates, Shown::Good).await?;
    rig.settle().await?;
    upload(rig).await?;
    let plain = rig.plain();
    rig.turn_to(&plain).await?;
    rig.settle().await.map(drop)
}

/// The trusted authority is forgotten, and comes again over the API.
async fn upload(rig: &mut Rig) -> Result<(), String> {
    const ACTION: &str = "/api/admin/extension/settings/amqp/action";
    const PARAMS: &str = "application/vnd.vmware.admin.certificateUpdateParams+xml";
    let client = &mut rig.administrator;
    client.send("POST", &format!("{ACTION}/resetAmqpCertificate"), "", "", 204).await?;
    rig.until_error("not trusted").await?;
    rig.write(50).await?;
    let (authority, ..) = rig.certificates.pem(Shown::Good);
    let params = format!("<CertificateUpdateParams xmlns=\"http://www.vmware.com/vcloud/v1.5\" fileSize=\"{}\"/>", authority.len());
    let client = &mut rig.administrator;
    let socket = client.send("POST", &format!("{ACTION}/updateAmqpCertificate"), PARAMS, &params, 200).await?;
    let place = path_in(socket.text(), "/transfer/").ok_or_else(|| format!("no place for the file: {}", socket.text()))?;
    client.send("PUT", &place, "application/x-pem-file", &authority, 200).await?;
    rig.note("the authority is uploaded");
    rig.settle().await.map(drop)
}

/// Virtual hosts that are not there or closed, and a wrong password.
async fn refused(rig: &mut Rig) -> Result<(), String> {
    let plain = rig.plain();
    rig.control(&["add_vhost", "closed"]).await?;
    let wrong = [
        (Target { vhost: "nowhere", ..plain.clone() }, "refuses virtual host \"nowhere\" to user \"guest\""),
        (Target { vhost: "closed", ..plain.clone() }, "refuses virtual host \"closed\" to user \"guest\""),
        (Target { password: "wrong-word", ..plain.clone() }, "refuses user \"guest\""),
        (Target { host: "nowhere.invalid", ..plain.clone() }, "cannot reach nowhere.invalid"),
    ];
    for (target, reason) in wrong {
        rig.turn_to(&target).await?;
        let state = rig.until_error(reason).await?;
        if state.to_string().contains("wrong-word") {
            return Err(format!("the password is told: {state}"));
        }
        rig.write(50).await?;
    }
    rig.turn_to(&plain).await?;
    rig.settle().await?;
    half_closed(rig).await
}

/// One exchange takes messages from us and the other does not: no reason to come back all the time.
async fn half_closed(rig: &mut Rig) -> Result<(), String> {
    rig.control(&["set_permissions", "guest", ".*", "^(?!vcd[.]).*", ".*"]).await?;
    // What a channel may do is asked once.
    rig.control(&["close_all_connections", "trial"]).await?;
    let (before, seconds) = (rig.state().await?["counts"]["attempts"].as_u64().unwrap_or_default(), if rig.long { 30 } else { 3 });
    let mut closed_to_us = serde_json::Value::Null;
    rig.loaded(async |rig: &mut Rig| {
        closed_to_us = rig.until_error("ACCESS_REFUSED").await?;
        rig.slow_down(true);
        sleep_until(now() + Duration::from_secs(seconds)).await;
        rig.slow_down(false);
        Ok(())
    })
    .await?;
    let after = rig.state().await?["counts"]["attempts"].as_u64().unwrap_or_default();
    rig.note(format_args!("{} attempts in {seconds} s", after - before));
    if !closed_to_us["error"].as_str().is_some_and(|error| error.contains("vcd.notifications20")) || after - before > 12 + seconds / 2 {
        return Err(format!("{} attempts in {seconds} s; the state was {closed_to_us}", after - before));
    }
    rig.control(&["set_permissions", "guest", ".*", ".*", ".*"]).await?;
    rig.settle().await.map(drop)
}

/// An exchange that is there and is something else.
async fn mismatch(rig: &mut Rig) -> Result<(), String> {
    let url = rig.node.url("/");
    let wrong = |error: lapin::Error| error.to_string();
    let (_connection, admin) = channel(&url).await.map_err(wrong)?;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    admin.exchange_declare("trial.fanout".into(), ExchangeKind::Fanout, durable, FieldTable::default()).await.map_err(wrong)?;
    admin
        .queue_bind(QUEUE.into(), "trial.fanout".into(), "".into(), QueueBindOptions::default(), FieldTable::default())
        .await
        .map_err(wrong)?;
    let plain = rig.plain();
    rig.turn_to(&Target { exchange: "trial.fanout", ..plain.clone() }).await?;
    let state = rig.until_error("PRECONDITION_FAILED").await?;
    let (xml, json) = (&state["exchanges"][0]["state"], &state["exchanges"][1]["state"]);
    if state["state"] != "connected" || xml != "mismatch" || json != "declared" {
        return Err(format!("an exchange of another type is not shown as such: {state}"));
    }
    rig.write(100).await?;
    rig.until("all published to it as it is", |state| state["pending"] == 0).await?;
    rig.control(&["set_permissions", "guest", "^trial", ".*", ".*"]).await?;
    rig.turn_to(&Target { exchange: EXCHANGES[0], ..plain.clone() }).await?;
    let unverified = |state: &serde_json::Value| state["state"] == "connected" && state["exchanges"][0]["state"] == "unverified";
    rig.until("exchanges that this user may not declare are used", unverified).await?;
    rig.control(&["set_permissions", "guest", ".*", ".*", ".*"]).await?;
    rig.turn_to(&plain).await?;
    rig.settle().await.map(drop)
}

/// Exchanges that vanish while messages are published to them. What comes before they are bound again goes to the alternate exchange.
async fn deleted(rig: &mut Rig) -> Result<(), String> {
    let (url, rounds) = (rig.node.url("/"), if rig.long { 10 } else { 2 });
    rig.loaded(async |rig: &mut Rig| {
        for _ in 0..rounds {
            let before = rig.state().await?["counts"]["connections"].as_u64();
            let wrong = |error: lapin::Error| error.to_string();
            let (connection, admin) = channel(&url).await.map_err(wrong)?;
            for exchange in EXCHANGES {
                admin.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.map_err(wrong)?;
            }
            connection.close(200, "OK".into()).await.map_err(wrong)?;
            rig.note("both exchanges deleted");
            rig.until("connected anew, exchanges declared", |state| {
                state["state"] == "connected" && state["counts"]["connections"].as_u64() > before
            })
            .await?;
            rig.written(50).await?;
        }
        Ok(())
    })
    .await?;
    let state = rig.settle().await?;
    let told = state["lastFailure"]["reason"].as_str().is_some_and(|reason| reason.contains("NOT_FOUND - no exchange"));
    if !told {
        return Err(format!("that an exchange was not found is not told: {state}"));
    }
    let [xml, _json] = EXCHANGES;
    let (connection, admin) = channel(&url).await.map_err(|error| error.to_string())?;
    for exchange in EXCHANGES {
        let bound = admin.queue_bind(QUEUE.into(), exchange.into(), "#".into(), QueueBindOptions::default(), FieldTable::default());
        bound.await.map_err(|error| format!("{xml}: {error}"))?;
    }
    connection.close(200, "OK".into()).await.map_err(|error| error.to_string())
}

/// Another virtual host, named while messages are published to the first, and back.
async fn settings(rig: &mut Rig) -> Result<(), String> {
    let (plain, there, rounds) = (rig.plain(), rig.node.url("other"), if rig.long { 10 } else { 2 });
    rig.control(&["add_vhost", "other"]).await?;
    rig.control(&["set_permissions", "-p", "other", "guest", ".*", ".*", ".*"]).await?;
    prepare(&there, QUEUE).await.map_err(|error| error.to_string())?;
    for _ in 0..rounds {
        for (target, came_from) in [(Target { vhost: "other", ..plain.clone() }, rig.node.url("/")), (plain.clone(), there.clone())] {
            let vhost = target.vhost;
            rig.loaded(async |rig: &mut Rig| {
                rig.written(100).await?;
                rig.turn_to(&target).await?;
                rig.until(&format!("connected to {vhost:?}"), |state| state["broker"]["vhost"] == vhost && state["connected"] == true)
                    .await?;
                // The old connection is closed: whatever it brought is there, and came before what the new one brings.
                rig.ledger.take(&came_from, QUEUE).await.map(drop)?;
                rig.written(100).await
            })
            .await?;
            rig.settle().await?;
            rig.ledger.take(&came_from, QUEUE).await?;
            rig.ledger.take(&rig.node.url(vhost), QUEUE).await?;
        }
    }
    Ok(())
}

/// No broker for a while: what happens then is for the journal only.
async fn emptied(rig: &mut Rig) -> Result<(), String> {
    let plain = rig.plain();
    rig.write(100).await?;
    rig.settle().await?;
    rig.turn_to(&Target { host: "", ..plain.clone() }).await?;
    rig.until("no broker", |state| state["state"] == "off" && state["pending"] == 0).await?;
    let before = rig.ledger.read().await?;
    rig.loaded(async |_: &mut Rig| {
        sleep_until(now() + Duration::from_secs(1)).await;
        Ok(())
    })
    .await?;
    let passed = rig.ledger.pass().await?;
    rig.note(format_args!("{passed} events for the journal only"));
    rig.turn_to(&plain).await?;
    rig.write(100).await?;
    rig.settle().await?;
    if passed == 0 || rig.ledger.read().await? < before + 100 { Err("nothing happened".to_owned()) } else { Ok(()) }
}

/// A broker without memory takes nothing.
async fn blocked(rig: &mut Rig) -> Result<(), String> {
    let events = if rig.long { 3_000 } else { 300 };
    rig.loaded(async |rig: &mut Rig| {
        rig.control(&["set_vm_memory_high_watermark", "0"]).await?;
        rig.until("blocked", |state| state["state"] == "blocked" && state["connected"] == true).await?;
        rig.written(events).await?;
        let state = rig.state().await?;
        if state["state"] != "blocked" || state["pending"].as_u64().is_none_or(|pending| pending < events as u64 / 2) {
            return Err(format!("what waits for a blocked broker is not shown: {state}"));
        }
        let before = state["counts"]["confirmed"].as_u64();
        rig.control(&["set_vm_memory_high_watermark", "0.4"]).await?;
        rig.until("no longer blocked", |state| state["state"] == "connected" && state["error"].is_null()).await?;
        rig.until("messages move", |state| state["counts"]["confirmed"].as_u64() > before).await.map(drop)
    })
    .await?;
    rig.settle().await.map(drop)
}

/// The broker's administrator closes every connection.
async fn closed(rig: &mut Rig) -> Result<(), String> {
    let rounds = if rig.long { 10 } else { 2 };
    rig.loaded(async |rig: &mut Rig| {
        for _ in 0..rounds {
            let before = rig.state().await?["counts"]["connections"].as_u64();
            rig.control(&["close_all_connections", "trial"]).await?;
            let anew = |state: &serde_json::Value| state["state"] == "connected" && state["counts"]["connections"].as_u64() > before;
            let state = rig.until("connected anew", anew).await?;
            if !state["lastFailure"]["reason"].as_str().is_some_and(|reason| reason.contains("CONNECTION_FORCED - trial")) {
                return Err(format!("why the connection was closed is not told: {state}"));
            }
            rig.written(50).await?;
        }
        Ok(())
    })
    .await?;
    rig.settle().await.map(drop)
}

/// The broker ends, and starts again much later. Whoever knocks meanwhile is counted.
async fn stopped(rig: &mut Rig) -> Result<(), String> {
    let (seconds, events) = if rig.long { (180, 12_000) } else { (5, 1_000) };
    let port = rig.node.port;
    rig.loaded(async |rig: &mut Rig| {
        rig.written(100).await?;
        rig.node.stop();
        rig.note("the broker is stopped");
        let began = now();
        let knocking = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| format!("port {port}: {error}"))?;
        let mut knocks = 0_u64;
        let away = async {
            rig.until("the loss is shown", |state| state["connected"] == false).await?;
            rig.written(events).await?;
            rig.note(format_args!("{events} more events are written"));
            rig.slow_down(true);
            sleep_until(began + Duration::from_secs(seconds)).await;
            Ok::<_, String>(())
        };
        let count = async {
            while knocking.accept().await.is_ok() {
                knocks += 1;
            }
        };
        tokio::select! { done = away => done?, () = count => {} }
        let length = began.elapsed().as_secs();
        drop(knocking);
        rig.note(format_args!("{knocks} attempts to connect in {length} s"));
        // Six as the pauses grow, then one in two to four seconds.
        if knocks == 0 || knocks > 12 + length / 2 {
            return Err(format!("{knocks} attempts to connect in {length} s"));
        }
        rig.ledger.read().await?;
        rig.node.resume().await?;
        rig.note("the broker is started");
        rig.slow_down(false);
        rig.until("connected", |state| state["state"] == "connected").await.map(drop)
    })
    .await?;
    rig.settle().await.map(drop)
}
