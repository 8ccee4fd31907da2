//! Patterns, names and types as nobody should write them. Invariant: each is matched or sent as a broker would.

use crate::message::tests::event;
use crate::message::{Exchanges, messages};
use crate::mqtt::tests::listener;
use crate::mqtt::{Posting, Reach, Session};
use crate::trust::{read_certificates, read_truststore};
use proptest::prelude::*;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::topic::matches;

/// The same as [`matches`], word by word and without regard to the cost.
fn plainly(pattern: &[&str], key: &[&str]) -> bool {
    match (pattern, key) {
        ([], key) => key.is_empty(),
        (["#", rest @ ..], key) => (0..=key.len()).any(|from| plainly(rest, &key[from..])),
        ([word, rest @ ..], [first, key @ ..]) => (*word == "*" || word == first) && plainly(rest, key),
        (_, []) => false,
    }
}

fn words(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split('.').collect() }
}

proptest! {
    #[test]
    fn any_pattern_matches_as_its_words_do(pattern in "([ab*#]?\\.){0,6}[ab*#]?", key in "([ab]?\\.){0,5}[ab]?") {
        prop_assert_eq!(matches(&pattern, &key), plainly(&words(&pattern), &words(&key)));
    }

    #[test]
    fn any_text_is_a_pattern(pattern in prop_oneof!["[.*#a]{0,300}", ".{0,60}"], key in ".{0,60}") {
        let _ = matches(&pattern, &key);
        prop_assert!(matches("#", &key));
        if !key.contains(['*', '#']) {
            prop_assert!(matches(&key, &key));
        }
    }

    #[test]
    fn any_file_is_a_trust_store_or_none(head in prop_oneof![Just(0xfeed_feed_u32), Just(0xcece_cece), any::<u32>()], rest in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [head.to_be_bytes().as_slice(), &rest].concat();
        let _ = (read_truststore(&bytes, None), read_truststore(&bytes, Some("x")), read_certificates(&bytes));
    }

    #[test]
    fn any_event_is_a_message(name in ".{0,40}|[\\x00-\\x1f<>&\"\u{fffe}]{0,9}", kind in ".{0,60}|(é/){0,200}", base_uri in ".{0,20}") {
        let mut event = event();
        event.what.entity.name = name;
        event.what.r#type = kind.clone();
        let [xml, json] = messages(&event, &base_uri, &Exchanges::from(&AmqpSettings::default()));
        prop_assert!(xml.routing_key.len() <= 255 && xml.body.ends_with("</vmext:Notification>"));
        let value: serde_json::Value = serde_json::from_str(&json.body).unwrap();
        prop_assert_eq!(value["type"].as_str(), Some(kind.as_str()));
    }
    #[test]
    fn any_bytes_of_a_client_are_packets_or_end_the_session(
        packets in proptest::collection::vec((prop_oneof![Just(0x82_u8), Just(0xa2), Just(0x50), any::<u8>()], proptest::collection::vec(any::<u8>(), 0..24)), 0..8),
        cut in 1..9_usize,
    ) {
        let connect = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00".to_vec();
        let rest = packets.into_iter().map(|(first, body)| [vec![first, u8::try_from(body.len()).unwrap()], body].concat());
        let bytes: Vec<u8> = std::iter::once(connect).chain(rest).flatten().collect();
        let (mut session, mut out) = (Session::new(Some(listener(Reach::Own))), Vec::new());
        for piece in bytes.chunks(cut) {
            if session.receive(piece, &mut out).is_err() {
                break;
            }
            session.publish(&Posting::from(&event()), &mut out);
        }
        prop_assert!(out.starts_with(b"\x20\x02\x00\x00"));
    }
}
