//! `vcdsim amqp`. Invariant: each row is a call about messages or the broker of `control/life.rs`, `requests.rs` or `refusal.rs`.

use super::requests::{EXACTLY, MAX, MIN, VERIFIED};
use super::show::Show;
use super::table::{Arg, Follow, Noun, Verb};
use super::tasks::LIMIT;

const KEY: Arg = Arg::query("key", "Whose routing key matches this pattern, as in a binding").sent_as("routingKey");
const EXCHANGE: Arg = Arg::query("exchange", "Of this exchange");
const COLUMNS: Show =
    Show::Table(&[("TIME", "/properties/timestamp"), ("KEY", "/routingKey"), ("EXCHANGE", "/exchange"), ("EVENT", "/event")]);

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "amqp",
    what: "Look at the messages, whether or not a broker takes them",
    usual: None,
    verbs: &[
        Verb::new("tail", "Print them as they come, one line each", "GET messages", &[KEY, EXCHANGE], COLUMNS).follow(Follow::Messages),
        Verb::new("ls", "List the last, newest last", "GET messages", &[KEY, EXCHANGE, LIMIT], COLUMNS),
        Verb::new(
            "verify",
            "Ends with 3 when they were not sent as expected",
            "POST messages/verify",
            &[
                Arg::option("key", "match.routingKey", "Whose routing key matches this pattern"),
                Arg::option("exchange", "match.exchange", "Of this exchange"),
                Arg::option("contains", "match.contains", "With this in the body"),
                MIN,
                MAX,
                EXACTLY,
                Arg::option("sequence", "sequence", "Instead of all that: matches in this order, as the interface takes them").json(),
            ],
            VERIFIED,
        ),
        Verb::new(
            "explain",
            "Say why the messages about an event come to a queue or do not",
            "GET messages/{event}/explain",
            &[
                Arg::path("event", "The number of the event"),
                Arg::query("key", "The pattern by which the queue is bound").needed().sent_as("routingKey"),
            ],
            Show::Table(&[("EXCHANGE", "/exchange"), ("MATCHES", "/matches"), ("WHY", "/explanation")]),
        ),
        Verb::new("broker", "Show how things stand with the broker", "GET broker", &[], Show::Whole),
    ],
};
