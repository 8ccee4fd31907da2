//! A queue that is full and rejects. Invariant: only messages about one vApp go there, so that all others must go on.

use super::rig::{Rig, channel};
use crate::bus::EXCHANGES;
use crate::client::Client;
use crate::clock::{now, sleep_until};
use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

const FULL: &str = "trial.full";
const VAPP: &str = "application/vnd.vmware.vcloud.vApp+xml";

pub(super) async fn play(rig: &mut Rig) -> Result<(), String> {
    let wrong = |error: lapin::Error| error.to_string();
    let renames = if rig.long { 60 } else { 6 };
    let mut author = Client::author(rig.cell.address).await?;
    let source = author.source().await?;
    let made = author.instantiate(&source, "stuck").await?;
    author.task_status(&made.task).await?;
    let vapp: Uuid =
        made.vapp.trim_start_matches("/api/vApp/vapp-").parse().map_err(|error| format!("{error}: a strange vApp: {}", made.vapp))?;
    rig.settle().await?;

    let (connection, admin) = channel(&rig.node.url("/")).await.map_err(wrong)?;
    fill(&admin, vapp).await.map_err(wrong)?;
    rig.note("a full queue is bound to the messages about one vApp");
    for number in 0..renames {
        let body = format!("<VApp xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"stuck-{number}\"/>");
        author.send("PUT", &made.vapp, VAPP, &body, 202).await?;
        let document = author.get(&made.vapp).await?;
        if !document.text().contains(&format!("name=\"stuck-{number}\"")) {
            return Err("a vApp was not renamed".to_owned());
        }
    }
    rig.until("refusing", |state| state["state"] == "refusing" && state["counts"]["nacked"].as_u64() > Some(2)).await?;
    others_go_on(rig, vapp).await?;

    // Room for one message at a time; those about the vApp come one by one, and in order.
    let told = drain(rig, &admin, vapp).await?;
    rig.note(format_args!("{} messages came through the full queue", told.len()));
    admin.queue_delete(FULL.into(), QueueDeleteOptions::default()).await.map_err(wrong)?;
    connection.close(200, "OK".into()).await.map_err(wrong)?;
    let state = rig.settle().await?;
    let counts = &state["counts"];
    rig.note(format_args!("{} nacked, {} sent again", counts["nacked"], counts["retried"]));
    Ok(())
}

/// A queue that takes one message and has one, bound to what is told in XML about a vApp.
async fn fill(admin: &Channel, vapp: Uuid) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    admin.queue_declare(FULL.into(), durable, arguments).await?;
    let key = format!("*.{vapp}.#");
    admin.queue_bind(FULL.into(), EXCHANGES[0].into(), key.into(), QueueBindOptions::default(), FieldTable::default()).await?;
    let stone = BasicProperties::default();
    admin.basic_publish("".into(), FULL.into(), Default::default(), b"stone", stone).await?.await?;
    Ok(())
}

/// While one vApp's messages are refused, all others arrive.
async fn others_go_on(rig: &mut Rig, vapp: Uuid) -> Result<(), String> {
    rig.ledger.take(&rig.node.url("/"), super::rig::QUEUE).await?;
    let before = others(rig, vapp);
    rig.write(200).await?;
    let began = now();
    loop {
        rig.ledger.take(&rig.node.url("/"), super::rig::QUEUE).await?;
        let more = others(rig, vapp) - before;
        if more >= 2 * 200 {
            rig.note(format_args!("{more} messages about others arrived meanwhile"));
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(30) {
            return Err(format!("only {more} messages about others arrived while one vApp's were refused"));
        }
        sleep_until(now() + Duration::from_millis(100)).await;
    }
}

fn others(rig: &Rig, vapp: Uuid) -> usize {
    let different: HashSet<_> =
        rig.ledger.arrived().filter(|(event, _)| event.entity != vapp).map(|(event, form)| (event.seq, form)).collect();
    different.len()
}

/// Takes messages out of the full queue until nothing waits any more; the numbers of their events, which must be in order.
async fn drain(rig: &mut Rig, admin: &Channel, vapp: Uuid) -> Result<Vec<String>, String> {
    let mut told: Vec<String> = Vec::new();
    let began = now();
    loop {
        while let Some(message) = admin.basic_get(FULL.into(), BasicGetOptions { no_ack: true }).await.map_err(|error| error.to_string())? {
            let id = crate::bus::event_id(&String::from_utf8_lossy(&message.data));
            told.extend(id.filter(|id| told.last() != Some(id)));
        }
        let state = rig.state().await?;
        if state["pending"] == 0 {
            break;
        }
        if began.elapsed() > Duration::from_secs(90) {
            return Err(format!("the messages about one vApp do not come through: {state}"));
        }
        sleep_until(now() + Duration::from_millis(20)).await;
    }
    rig.ledger.read().await?;
    let wanted = rig.ledger.about(vapp);
    let came: Vec<_> = wanted.iter().filter(|id| told.contains(id)).cloned().collect();
    // The queue was bound after the vApp was made: what is missing is only what came before.
    let complete = !told.is_empty() && wanted.ends_with(&told) && came == told;
    if complete { Ok(told) } else { Err(format!("about the vApp came {told:?}, and wanted was {wanted:?}")) }
}
