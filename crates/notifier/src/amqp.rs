//! A connection to an AMQP 0-9-1 broker. Invariant: dropping a [`Link`] ends its socket and with it everything that runs for it;
//! nothing said about a failure holds the password.

mod error;
mod tls;
mod transport;

pub use error::BrokerError;

use crate::backoff::within;
use crate::message::{Exchanges, Form, HeaderValue, Message};
use crate::state::{ExchangeStanding, ExchangeState};
use error::{ENDED, is_denied, lost, refused, silent, text};
use futures::FutureExt;
use futures::stream::{BoxStream, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use std::future::Future;
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};
use vcdsim_model::family::settings::AmqpSettings;

/// How long dialling, signing in and declaring may take together.
const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// How long a polite good-bye may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// After twice this many seconds of silence the broker is taken for gone.
const HEARTBEAT: u16 = 10;

/// What the broker says about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// It has it.
    Confirmed,
    /// It has it, but no queue was there to take it.
    Returned,
    /// It did not take it, as a queue that is full and rejects makes it say. Other messages may fare better.
    Refused,
}

/// What happens on a link by itself.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// The connection is gone.
    Lost(BrokerError),
    /// The broker takes no messages for now.
    Blocked(String),
    /// It takes them again.
    Unblocked,
}

/// A connection with a confirming channel and both exchanges in place.
pub(crate) struct Link {
    connection: Connection,
    channel: Channel,
    events: BoxStream<'static, lapin::Event>,
    /// How the exchanges were found. One that is not what was expected is published to all the same.
    pub(crate) exchanges: Vec<ExchangeState>,
    _socket: DropGuard,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("exchanges", &self.exchanges).finish_non_exhaustive()
    }
}

impl Link {
    /// Connects, turns confirms on and declares both exchanges.
    pub(crate) async fn open(settings: &AmqpSettings) -> Result<Self, BrokerError> {
        let opening = async {
            let (connection, socket) = connect(settings).await?;
            Self::prepare(connection, socket, &Exchanges::from(settings)).await
        };
        within(OPEN_LIMIT, Box::pin(opening)).await.unwrap_or_else(|| Err(silent(settings, OPEN_LIMIT)))
    }

    async fn prepare(connection: Connection, socket: DropGuard, exchanges: &Exchanges) -> Result<Self, BrokerError> {
        let events = connection.events_listener().boxed();
        let mut found = Vec::new();
        for form in Form::ALL {
            let name = exchanges.of(form).to_owned();
            let (standing, reason) = declare(&connection, &name).await?;
            found.push(ExchangeState { name, form: form.name(), standing, reason });
        }
        let channel = connection.create_channel().await.map_err(|error| lost(&error))?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(|error| lost(&error))?;
        Ok(Self { connection, channel, events, exchanges: found, _socket: socket })
    }

    /// Publishes and waits for the broker to confirm. Messages leave in the order in which their futures are first polled.
    pub(crate) fn publish(&self, message: Message) -> impl Future<Output = Result<Receipt, BrokerError>> + Send + use<> {
        let channel = self.channel.clone();
        async move {
            let exchange = short(&message.exchange, "the name of the exchange")?;
            let key = short(&message.routing_key, "the routing key")?;
            // Mandatory, so that the broker tells of a message that no queue took; it confirms it all the same.
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let publishing = channel.basic_publish(exchange, key, options, message.body.as_bytes(), properties(&message)?);
            match publishing.await.map_err(|error| lost(&error))?.await.map_err(|error| lost(&error))? {
                Confirmation::Ack(None) => Ok(Receipt::Confirmed),
                Confirmation::Ack(Some(_)) => Ok(Receipt::Returned),
                Confirmation::Nack(_) => Ok(Receipt::Refused),
                Confirmation::NotRequested => Err(BrokerError::Lost("the channel does not confirm".to_owned())),
            }
        }
    }

    /// Waits for something to happen to the connection.
    pub(crate) async fn event(&mut self) -> LinkEvent {
        loop {
            match self.events.next().await {
                // A refused declaration is reported too, although it closes no more than the channel that it was tried on.
                Some(lapin::Event::Error(_)) if self.is_up() => {}
                Some(lapin::Event::Error(error)) => return LinkEvent::Lost(lost(&error)),
                Some(lapin::Event::ConnectionBlocked(reason)) => return LinkEvent::Blocked(reason),
                Some(lapin::Event::ConnectionUnblocked) => return LinkEvent::Unblocked,
                Some(_) => {}
                None => return LinkEvent::Lost(BrokerError::Lost(ENDED.to_owned())),
            }
        }
    }

    /// What the broker itself said about a loss, if it did: what else is seen of it only follows from that.
    pub(crate) fn cause(&mut self, seen: BrokerError) -> BrokerError {
        if seen.is_told() {
            return seen;
        }
        while let Some(Some(event)) = self.events.next().now_or_never() {
            if let lapin::Event::Error(error) = event
                && let told = lost(&error)
                && told.is_told()
            {
                return told;
            }
        }
        seen
    }

    fn is_up(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    /// Says good-bye, if the broker still listens.
    pub(crate) async fn close(self) {
        if let Some(Err(error)) = within(CLOSE_LIMIT, self.connection.close(200, "OK".into())).await {
            tracing::debug!(%error, "the broker did not take the good-bye");
        }
    }
}

/// Connects and signs in with these settings, within `limit`, and says what is wrong if that fails. The password is never part of it.
///
/// # Errors
/// The reason, in words for a person.
pub async fn test_connection(settings: &AmqpSettings, limit: Duration) -> Result<(), BrokerError> {
    let trying = async {
        let (connection, _socket) = connect(settings).await?;
        // Kept until the end: a channel that is dropped closes itself, and that gets in the way of the good-bye.
        let _channel = connection.create_channel().await.map_err(|error| lost(&error))?;
        // The trial has succeeded by now, whatever becomes of the good-bye.
        let _ = connection.close(200, "OK".into()).await;
        Ok(())
    };
    within(limit, Box::pin(trying)).await.unwrap_or_else(|| Err(silent(settings, limit)))
}

/// A signed-in connection; its socket ends with the guard.
async fn connect(settings: &AmqpSettings) -> Result<(Connection, DropGuard), BrokerError> {
    // lapin turns the virtual host into a short string without asking.
    short(&settings.vhost, "the virtual host")?;
    let abort = CancellationToken::new();
    let socket = abort.clone().drop_guard();
    let stream = transport::dial(settings, abort).await?;
    let properties = ConnectionProperties::default().with_connection_name("vcdsim".into());
    let connection = transport::shake_hands(stream, uri(settings), properties).await.map_err(|error| refused(settings, &error))?;
    Ok((connection, socket))
}

fn uri(settings: &AmqpSettings) -> AMQPUri {
    AMQPUri {
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo { username: settings.username.clone(), password: settings.password.clone() },
            host: settings.host.clone(),
            port: settings.port,
        },
        vhost: settings.vhost.clone(),
        query: AMQPQueryString { heartbeat: Some(HEARTBEAT), ..Default::default() },
    }
}

/// Declares an exchange as topic and durable. One that exists as something else is used as it is; the answer then says so and why.
async fn declare(connection: &Connection, name: &str) -> Result<(ExchangeStanding, Option<String>), BrokerError> {
    let exchange = short(name, "the name of the exchange")?;
    let Err(refusal) = declare_once(connection, &exchange, false).await else { return Ok((ExchangeStanding::Declared, None)) };
    if !refusal.is_amqp_soft_error() {
        return Err(lost(&refusal));
    }
    match declare_once(connection, &exchange, true).await {
        Ok(()) if is_denied(&refusal) => Ok((ExchangeStanding::Unverified, Some(text(&refusal)))),
        Ok(()) => Ok((ExchangeStanding::Mismatch, Some(text(&refusal)))),
        Err(_) => Err(BrokerError::Exchange { name: name.to_owned(), text: text(&refusal) }),
    }
}

/// One attempt, on a channel of its own: the broker closes the channel of an attempt that it refuses.
async fn declare_once(connection: &Connection, name: &ShortString, passive: bool) -> lapin::Result<()> {
    let channel = connection.create_channel().await?;
    let options = ExchangeDeclareOptions { passive, durable: true, ..Default::default() };
    channel.exchange_declare(name.clone(), ExchangeKind::Topic, options, FieldTable::default()).await?;
    channel.close(200, "OK".into()).await
}

fn properties(message: &Message) -> Result<BasicProperties, BrokerError> {
    let mut headers = FieldTable::default();
    for (name, value) in &message.headers {
        let value = match value {
            HeaderValue::Text(text) => AMQPValue::LongString(LongString::from(text.as_str())),
            HeaderValue::Flag(flag) => AMQPValue::Boolean(*flag),
        };
        headers.insert(short(name, "the name of a header")?, value);
    }
    let properties = &message.properties;
    Ok(BasicProperties::default()
        .with_content_type(properties.content_type.into())
        .with_content_encoding(properties.content_encoding.into())
        .with_delivery_mode(properties.delivery_mode)
        .with_priority(properties.priority)
        .with_message_id(short(&properties.message_id.to_string(), "the id of a message")?)
        .with_timestamp(properties.timestamp.timestamp().try_into().unwrap_or_default())
        .with_headers(headers))
}

fn short(text: &str, what: &'static str) -> Result<ShortString, BrokerError> {
    ShortString::try_new(text).map_err(|_too_long| BrokerError::TooLong { what })
}
