//! A queue on the broker that gets every message. Invariant: it is durable and bound before the server publishes, so that nothing is missed.

use crate::client::attribute;
use lapin::options::{
    BasicGetOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
    QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};

/// Where the server publishes: in XML, and in JSON.
pub(crate) const EXCHANGES: [&str; 2] = ["systemExchange", "vcd.notifications20"];
const QUEUE: &str = "vcdsim.trials";

/// The queue, on a channel with confirms.
pub(crate) struct Bus {
    pub(crate) channel: Channel,
    // A channel lives as long as its connection.
    _connection: Connection,
}

impl Bus {
    /// Makes the queue, empty.
    pub(crate) async fn open(amqp: &str) -> lapin::Result<Self> {
        let connection = Connection::connect(amqp, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        channel.queue_declare(QUEUE.into(), durable, FieldTable::default()).await?;
        for exchange in EXCHANGES {
            let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
            channel.exchange_declare(exchange.into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
            channel.queue_bind(QUEUE.into(), exchange.into(), "#".into(), QueueBindOptions::default(), FieldTable::default()).await?;
        }
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let bus = Self { channel, _connection: connection };
        bus.purge().await?;
        Ok(bus)
    }

    /// Drops what waits.
    pub(crate) async fn purge(&self) -> lapin::Result<()> {
        self.channel.queue_purge(QUEUE.into(), QueuePurgeOptions::default()).await.map(drop)
    }

    /// The next message, if one waits: its exchange and its text.
    pub(crate) async fn next(&self) -> lapin::Result<Option<(String, String)>> {
        let found = self.channel.basic_get(QUEUE.into(), BasicGetOptions { no_ack: true }).await?;
        Ok(found.map(|message| (message.exchange.to_string(), String::from_utf8_lossy(&message.data).into_owned())))
    }

    /// Removes the queue: nobody else would.
    pub(crate) async fn close(self) -> lapin::Result<()> {
        self.channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await.map(drop)
    }
}

/// The event id of a message in either form.
pub(crate) fn event_id(text: &str) -> Option<String> {
    let json = || text.split("\"eventId\":\"").nth(1)?.split('"').next().map(str::to_owned);
    attribute(text, "eventId").or_else(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_their_event() {
        assert_eq!(event_id("<vmext:Notification type=\"t\" eventId=\"1f\">").as_deref(), Some("1f"));
        assert_eq!(event_id("{\"eventId\":\"1f\",\"type\":\"t\"}").as_deref(), Some("1f"));
        assert_eq!(event_id("{}"), None);
    }
}
