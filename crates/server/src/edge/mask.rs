//! What a journal must not show. Invariant: whatever is shown of a request went through here.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// What stands for a secret.
const MASK: &str = "***";

/// Headers whose values are secrets.
const HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "x-vcloud-authorization", "x-vmware-vcloud-access-token", "cookie", "set-cookie"];

/// The value of a header, as it may be shown.
pub(super) fn header(name: &str, value: &str) -> String {
    if HEADERS.contains(&name.to_ascii_lowercase().as_str()) { MASK.to_owned() } else { value.to_owned() }
}

/// A name that says that its value is a secret.
const SECRET: &str = r"(?i-u:[\w.:-]*(?:password|passphrase|secret|token|credentials|privatekey|licensekey))";

/// Each with what comes before a secret, the secret, and what comes after it. A text may have been cut in the middle of one.
static SECRETS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    [
        // <Password>..</Password>
        format!("(<{SECRET}(?:[ \t\r\n][^<>]*)?>)([^<]+)()"),
        // password="..", in an element
        format!("([ \t\r\n]{SECRET}[ ]*=[ ]*[\"'])([^\"'<]*)([\"']?)"),
        // a property whose key says so
        format!("(<[^<>]*(?i-u:\\bkey)[ ]*=[ ]*[\"']{SECRET}[\"'][^<>]*(?i-u:\\bvalue)[ ]*=[ ]*[\"'])([^\"'<]*)([\"']?)"),
        // "password": ".."
        format!(r#"("{SECRET}"[ ]*:[ ]*")((?:[^"\\]|\\.)*\\?)("?)"#),
        // password=.. in a form or a query
        format!("((?:^|[&?]){SECRET}=)([^& ]+)()"),
    ]
    .map(|pattern| Regex::new(&pattern).expect("the patterns are valid"))
});

/// A text, as it may be shown.
pub(super) fn text(text: &str) -> String {
    let masked = |found: &Captures<'_>| format!("{}{MASK}{}", &found[1], &found[3]);
    SECRETS.iter().fold(text.to_owned(), |text, secret| secret.replace_all(&text, masked).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_the_name_of_their_place() {
        for (sent, shown) in [
            ("<vmext:AmqpPassword>s3</vmext:AmqpPassword>", "<vmext:AmqpPassword>***</vmext:AmqpPassword>"),
            ("<Password xml:lang=\"en\">s3</Password>", "<Password xml:lang=\"en\">***</Password>"),
            ("<User name=\"me\" password='s3'/>", "<User name=\"me\" password='***'/>"),
            (
                "<ovf:Property ovf:key=\"adminPassword\" ovf:type=\"string\" ovf:value=\"s3\"/>",
                "<ovf:Property ovf:key=\"adminPassword\" ovf:type=\"string\" ovf:value=\"***\"/>",
            ),
            (r#"{"userName":"me","password": "s\"3","x":1}"#, r#"{"userName":"me","password": "***","x":1}"#),
            (r#"{"refresh_token":"s3"#, r#"{"refresh_token":"***"#),
            ("<AdminPassword>s3", "<AdminPassword>***"),
            ("grant_type=password&refresh_token=s3&x=1", "grant_type=password&refresh_token=***&x=1"),
            ("<AdminPasswordAuto>true</AdminPasswordAuto>", "<AdminPasswordAuto>true</AdminPasswordAuto>"),
            ("<Name>password</Name>", "<Name>password</Name>"),
        ] {
            assert_eq!(text(sent), shown);
        }
        assert_eq!(header("X-VMWARE-VCLOUD-ACCESS-TOKEN", "s3"), "***");
        assert_eq!(header("accept", "s3"), "s3");
    }
}
