//! What a journal must not show. Invariant: whatever is shown of a request went through here.

use regex::{Captures, Regex};
use std::ops::Range;
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
/// White space of XML and JSON.
const BLANK: &str = r"[ \t\r\n]";
/// What stands between the name of an element and the end of its tag.
const ATTRIBUTES: &str = r#"(?:"[^"<]*"?|'[^'<]*'?|[^<>"'])*"#;

/// What is read, with names for what is looked at. A text may have been cut in the middle of any, and need not be what it says it is.
struct Patterns {
    /// Secrets that end where their quote, their number of bytes or their parameter does.
    plain: [Regex; 4],
    /// The beginning of an element that holds a secret.
    element: Regex,
    /// What may stand between that and its end, or is its end.
    content: Regex,
    /// A tag.
    tag: Regex,
    /// An attribute in it.
    attribute: Regex,
    /// A name, if it is that of a secret.
    secret: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: String| Regex::new(&pattern).expect("the patterns are valid");
    Patterns {
        plain: [
            // password="..", in an element
            format!("{BLANK}{SECRET}{BLANK}*={BLANK}*\"(?<secret>[^\"]*)"),
            format!("{BLANK}{SECRET}{BLANK}*={BLANK}*'(?<secret>[^']*)"),
            // "password": ".."
            format!(r#""{SECRET}"{BLANK}*:{BLANK}*"(?<secret>(?s:[^"\\]|\\.)*\\?)"#),
            // password=.. in a form or a query
            format!("(?:^|[&?]){SECRET}=(?<secret>[^& ]+)"),
        ]
        .map(regex),
        element: regex(format!("<(?<name>{SECRET})(?:{BLANK}{ATTRIBUTES})?>")),
        content: regex(format!(r"(?s)<!\[CDATA\[.*?(?:\]\]>|\z)|<!--.*?(?:-->|\z)|</(?<name>[^<>/ \t\r\n]+){BLANK}*>")),
        tag: regex(format!("<(?<end>/?)(?<name>[^<>/!? \t\r\n]+)(?<rest>{ATTRIBUTES})")),
        attribute: regex(format!(
            r#"{BLANK}(?:[^<>=:"' \t\r\n]+:)?(?<name>[^<>=:"' \t\r\n]+){BLANK}*={BLANK}*(?:"(?<double>[^"]*)|'(?<single>[^']*))"#
        )),
        secret: regex(format!("^{SECRET}$")),
    }
});

/// A text, as it may be shown.
pub(super) fn text(text: &str) -> String {
    let mut secrets: Vec<_> = plain(text).chain(elements(text)).chain(properties(text)).collect();
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    secrets.dedup();
    let (mut shown, mut from) = (String::new(), 0);
    for secret in secrets {
        // One may lie in another.
        if let Some(between) = text.get(from..secret.start) {
            shown.push_str(between);
            shown.push_str(MASK);
        }
        from = from.max(secret.end);
    }
    shown.push_str(&text[from..]);
    shown
}

fn plain(text: &str) -> impl Iterator<Item = Range<usize>> {
    let found = PATTERNS.plain.iter().flat_map(|pattern| pattern.captures_iter(text));
    // Whether something is a secret is none.
    found.filter_map(|found| found.name("secret")).filter(|secret| !matches!(secret.as_str(), "true" | "false")).map(|it| it.range())
}

/// What elements hold by whose names it is secret, each up to its end tag, whatever lies between.
fn elements(text: &str) -> Vec<Range<usize>> {
    let (mut secrets, mut from) = (Vec::new(), 0);
    while let Some(found) = PATTERNS.element.captures_at(text, from) {
        from = found.get_match().end();
        if found.get_match().as_str().ends_with("/>") {
            continue;
        }
        let ends = |inner: &Captures<'_>| inner.name("name").is_some_and(|name| name.as_str() == &found["name"]);
        let end = PATTERNS.content.captures_iter(&text[from..]).find(ends);
        let end = end.map_or(text.len(), |end| from + end.get_match().start());
        secrets.extend((from < end).then_some(from..end));
        from = end;
    }
    secrets
}

/// The values of properties that have a key that says so, or say that they are passwords, and of what such properties hold.
fn properties(text: &str) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut inside: Option<&str> = None;
    for tag in PATTERNS.tag.captures_iter(text) {
        let (name, rest) = (tag.name("name").map_or("", |name| name.as_str()), tag.name("rest").map_or(0..0, |rest| rest.range()));
        if !tag["end"].is_empty() {
            inside = inside.filter(|property| *property != name);
            continue;
        }
        let attributes: Vec<_> = PATTERNS
            .attribute
            .captures_iter(&text[rest.clone()])
            .filter_map(|found| Some((found.name("name")?.as_str(), found.name("double").or_else(|| found.name("single"))?)))
            .collect();
        let is_secret = attributes.iter().any(|(name, value)| match name.to_ascii_lowercase().as_str() {
            "key" => PATTERNS.secret.is_match(value.as_str()),
            "password" => is_yes(value.as_str()),
            _ => false,
        });
        if is_secret || inside.is_some() {
            let values = attributes.iter().filter(|(name, _)| name.eq_ignore_ascii_case("value"));
            secrets.extend(values.map(|(_, value)| rest.start + value.start()..rest.start + value.end()));
        }
        if is_secret && !text[rest].ends_with('/') {
            inside = inside.or(Some(name));
        }
    }
    secrets
}

/// What is true in XML.
fn is_yes(value: &str) -> bool {
    matches!(value.trim(), "true" | "1")
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
            ("<AdminPassword>s3</Admin", "<AdminPassword>***"),
            ("<Password><![CDATA[s3</Password>]]></Password><Name/>", "<Password>***</Password><Name/>"),
            ("<Password>s<!-- </Password> -->3&amp;4</Password >x", "<Password>***</Password >x"),
            ("<Secret><a>s3</a> s4</Secret>", "<Secret>***</Secret>"),
            ("<Password /> <Name>n</Name>", "<Password /> <Name>n</Name>"),
            ("<User password=\"a'secret\" name='n'/>", "<User password=\"***\" name='n'/>"),
            ("<User\n\tpassword\n=\t'a\"<secret' name='n'/>", "<User\n\tpassword\n=\t'***' name='n'/>"),
            ("{\"password\":\n\t\"s3\"}", "{\"password\":\n\t\"***\"}"),
            ("grant_type=password&refresh_token=s3&x=1", "grant_type=password&refresh_token=***&x=1"),
            ("<AdminPasswordAuto>true</AdminPasswordAuto>", "<AdminPasswordAuto>true</AdminPasswordAuto>"),
            ("<Name>password</Name>", "<Name>password</Name>"),
        ] {
            assert_eq!(text(sent), shown);
        }
    }

    #[test]
    fn values_of_secret_properties_are_masked_wherever_they_stand() {
        for (sent, shown) in [
            ("<ovf:Property ovf:value=\"s3\" ovf:key=\"adminPassword\"/>", "<ovf:Property ovf:value=\"***\" ovf:key=\"adminPassword\"/>"),
            (
                "<ovf:Property ovf:key=\"pin\" ovf:password=\"true\" ovf:value=\"1>2\"/><P value='4'/>",
                "<ovf:Property ovf:key=\"pin\" ovf:password=\"true\" ovf:value=\"***\"/><P value='4'/>",
            ),
            ("<Property value='1\"2' password = '1' key='pin'>", "<Property value='***' password = '***' key='pin'>"),
            (
                "<Property key='pin' password='true' value=\"1\"><Label>L</Label><Value\nvalue=\"2\"/></Property><Value value=\"3\"/>",
                "<Property key='pin' password='true' value=\"***\"><Label>L</Label><Value\nvalue=\"***\"/></Property><Value value=\"3\"/>",
            ),
            ("<Property password='true' value=\"12", "<Property password='true' value=\"***"),
            ("<Property key='pin' password='false' value='1'/>", "<Property key='pin' password='false' value='1'/>"),
            ("<Property key='tokens' value='1'/>", "<Property key='tokens' value='1'/>"),
        ] {
            assert_eq!(text(sent), shown);
        }
    }

    #[test]
    fn headers_with_secrets_are_masked() {
        assert_eq!(header("X-VMWARE-VCLOUD-ACCESS-TOKEN", "s3"), "***");
        assert_eq!(header("accept", "s3"), "s3");
    }
}
