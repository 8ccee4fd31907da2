//! Bodies in XML.

use super::edit::encoding;
use super::judge;
use crate::readable;
use proptest::prelude::*;
use proptest::sample::Index;

/// Bytes that XML is made of, and others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "[<>/!?&;#=\"'\\[\\]\\- a-cxmlns:\\n\\x00\u{e9}\u{1f600}]{0,200}".prop_map(String::into_bytes),
        "(<[a-c]( [a-c]=\"[a-c&;]{0,3}\")?/?>|</[a-c]>|[a-c &;]|<!\\[CDATA\\[|\\]\\]>|<!--|-->|<\\?|\\?>){0,40}"
            .prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(document in any::<Index>(), bytes in bytes(), encoding in encoding()) {
        judge((document.get(readable::ALL).from_xml)(&encoding.encode(bytes)));
    }

    #[test]
    fn any_content_of_a_root_is_read_or_refused(document in any::<Index>(), bytes in bytes()) {
        let document = document.get(readable::ALL);
        let name = document.root.name;
        let (start, end) = (format!("<{} name='n' xmlns='{}'>", name.local, name.ns.uri()), format!("</{}>", name.local));
        judge((document.from_xml)(&[start.as_bytes(), &bytes, end.as_bytes()].concat()));
    }
}
