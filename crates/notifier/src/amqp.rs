//! A connection to an AMQP 0-9-1 broker. Invariant: dropping a [`Link`] ends its socket and with it everything that runs for it;
//! nothing said about a failure holds the password.

mod tls;
mod transport;

use crate::backoff::within;
use crate::message::{Exchanges, Form, HeaderValue, Message};
use futures::stream::{BoxStream, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ErrorKind, ExchangeKind};
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
/// AMQP's codes for a refused sign-in or permission, and for a virtual host that may not be used.
const ACCESS_REFUSED: u16 = 403;
const NOT_ALLOWED: u16 = 530;

/// Why there is no connection, in words for a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// Nobody listens there, or the name is unknown.
    #[error("cannot reach {host}:{port}: {source}")]
    Unreachable {
        /// The host of the settings.
        host: String,
        /// The port of the settings.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// No TLS, or a certificate that is not trusted.
    #[error("TLS with {host}:{port} failed: {source}")]
    Tls {
        /// The host of the settings.
        host: String,
        /// The port of the settings.
        port: u16,
        /// What went wrong.
        source: std::io::Error,
    },
    /// Somebody listens, but does not answer as a broker does.
    #[error("{host}:{port} did not answer as an AMQP broker within {seconds} s")]
    Silent {
        /// The host of the settings.
        host: String,
        /// The port of the settings.
        port: u16,
        /// How long it had.
        seconds: f32,
    },
    /// The broker does not know the account, or not this password.
    #[error("the broker refuses user {user:?}: {text}")]
    Credentials {
        /// The user of the settings.
        user: String,
        /// What the broker says.
        text: String,
    },
    /// The virtual host is missing or closed to this user.
    #[error("the broker refuses virtual host {vhost:?} to user {user:?}: {text}")]
    Vhost {
        /// The virtual host of the settings.
        vhost: String,
        /// The user of the settings.
        user: String,
        /// What the broker says.
        text: String,
    },
    /// An exchange is missing and cannot be declared.
    #[error("cannot use exchange {name:?}: {text}")]
    Exchange {
        /// Its name.
        name: String,
        /// What the broker says.
        text: String,
    },
    /// A setting that AMQP cannot carry.
    #[error("{what} is longer than the 255 bytes that AMQP carries")]
    TooLong {
        /// Which setting.
        what: &'static str,
    },
    /// Anything else.
    #[error("the connection to the broker failed: {0}")]
    Lost(String),
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
    /// An exchange that is not what was expected; publishing goes on all the same.
    pub(crate) warning: Option<String>,
    _socket: DropGuard,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("warning", &self.warning).finish_non_exhaustive()
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
        let mut warnings = Vec::new();
        for form in Form::ALL {
            warnings.extend(declare(&connection, exchanges.of(form)).await?);
        }
        let channel = connection.create_channel().await.map_err(|error| lost(&error))?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(|error| lost(&error))?;
        Ok(Self { connection, channel, events, warning: (!warnings.is_empty()).then(|| warnings.join("; ")), _socket: socket })
    }

    /// Publishes and waits for the broker to confirm. Messages leave in the order in which their futures are first polled.
    pub(crate) fn publish(&self, message: Message) -> impl Future<Output = Result<(), BrokerError>> + Send + use<> {
        let channel = self.channel.clone();
        async move {
            let exchange = short(&message.exchange, "the name of the exchange")?;
            let key = short(&message.routing_key, "the routing key")?;
            let options = BasicPublishOptions::default();
            let publishing = channel.basic_publish(exchange, key, options, message.body.as_bytes(), properties(&message)?);
            match publishing.await.map_err(|error| lost(&error))?.await.map_err(|error| lost(&error))? {
                Confirmation::Ack(_) => Ok(()),
                Confirmation::Nack(_) => Err(BrokerError::Lost("the broker could not keep a message (basic.nack)".to_owned())),
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
                None => return LinkEvent::Lost(BrokerError::Lost("it was closed".to_owned())),
            }
        }
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

/// Declares an exchange as topic and durable. One that exists as something else is used as it is; the answer then says so.
async fn declare(connection: &Connection, name: &str) -> Result<Option<String>, BrokerError> {
    let exchange = short(name, "the name of the exchange")?;
    let Err(refusal) = declare_once(connection, &exchange, false).await else { return Ok(None) };
    if !refusal.is_amqp_soft_error() {
        return Err(lost(&refusal));
    }
    match declare_once(connection, &exchange, true).await {
        Ok(()) => Ok(Some(format!("exchange {name:?} is not a durable topic exchange of ours and is used as it is: {}", text(&refusal)))),
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

fn silent(settings: &AmqpSettings, limit: Duration) -> BrokerError {
    BrokerError::Silent { host: settings.host.clone(), port: settings.port, seconds: limit.as_secs_f32() }
}

/// A refusal during the handshake, told apart by AMQP's code.
fn refused(settings: &AmqpSettings, error: &lapin::Error) -> BrokerError {
    let (user, text) = (settings.username.clone(), text(error));
    match error.kind() {
        ErrorKind::ProtocolError(refusal) if refusal.get_id() == ACCESS_REFUSED => BrokerError::Credentials { user, text },
        ErrorKind::ProtocolError(refusal) if refusal.get_id() == NOT_ALLOWED => {
            BrokerError::Vhost { vhost: settings.vhost.clone(), user, text }
        }
        _ => BrokerError::Lost(text),
    }
}

fn lost(error: &lapin::Error) -> BrokerError {
    BrokerError::Lost(text(error))
}

/// What the broker said, without the frames around it.
fn text(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) => refusal.get_message().to_string(),
        _ => error.to_string(),
    }
}
