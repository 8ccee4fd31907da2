//! `vcdsim amqp`. Invariant: each row is a call about messages or the broker of `control/life.rs`, `broker.rs`, `requests.rs` or `refusal.rs`.

use super::faults::{COUNTED, PROBABILITY, SKIP, TIMES};
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
    what: "Look at the messages, whether or not a broker takes them, and let them go astray",
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
        Verb::new(
            "stop",
            "Let the broker take nothing: end the connection, and let none be made",
            "POST broker/stop",
            &[
                Arg::option("for", "for", "For a span of the server's clock such as 10m [default: until it is started]"),
                Arg::option("as", "as", "As what it shows itself: away, refusing (the user) or full (its disk) [default: away]"),
            ],
            Show::Done("The broker takes nothing from {/now} on; amqp broker says until when."),
        ),
        Verb::new(
            "start",
            "Let the broker take messages again",
            "POST broker/start",
            &[],
            Show::Done("Nothing keeps the broker from taking messages any more."),
        ),
        Verb::new(
            "fault-ls",
            "List the rules by which messages go astray, with what each has struck",
            "GET broker/faults",
            &[],
            Show::Table(&[("ID", "/id"), ("MATCH", "/match"), ("DO", "/do"), ("TIMES", "/times"), ("SEEN", "/seen"), ("HITS", "/hits")]),
        ),
        Verb::new("fault", "Add a rule", "POST broker/faults", RULE, Show::Done("Added {/id}: {/do}.")),
        Verb::new("fault-rm", "Remove a rule", "DELETE broker/faults/{id}", &[Arg::path("id", "Its number")], COUNTED),
        Verb::new("fault-clear", "Remove all, and say which struck nothing", "DELETE broker/faults", &[], COUNTED),
    ],
};

const RULE: &[Arg] = &[
    Arg::option("type", "match.type", "Messages about events of this type, as in 'blockingtask/*'"),
    Arg::option("form", "match.form", "xml or json [default: both]"),
    Arg::option("key", "match.routingKey", "Whose routing key matches this pattern, as in a binding"),
    Arg::option("operation", "match.operation", "Of this operation"),
    Arg::option("org", "match.org", "Of this organization"),
    Arg::option("user", "match.user", "Caused by this user, as user@org"),
    Arg::option("entity", "match.entity", "About this object"),
    SKIP,
    TIMES,
    PROBABILITY,
    Arg::option("drop", "do.drop", "Never send it").switch(),
    Arg::option("duplicate", "do.duplicate", "Send it so many times more").number(),
    Arg::option("delay", "do.delay", "Send it later, as in 2s or 2s±20%"),
    Arg::option("reorder", "do.reorder", "Let the next about its object overtake it, if one comes within this span"),
    Arg::option("refuse", "do.refuse", "Take it for refused so many times").number(),
    Arg::option("disconnect", "do.disconnect", "Cut the connection: before it is sent, or after the broker has it"),
    Arg::option("for", "do.for", "With disconnect: no connection for this span"),
];
