//! Rust names for schema names. Invariant: a pure function of the schema name and the overrides of the configuration.

use super::qname::QName;

/// Words that the schemas write in their own way, as one word each.
const WORDS: &[(&str, &str)] = &[
    ("VCloud", "Vcloud"),
    ("vCloud", "Vcloud"),
    ("VApps", "Vapps"),
    ("VApp", "Vapp"),
    ("vApp", "Vapp"),
    ("VMWare", "Vmware"),
    ("VMW", "Vmw"),
    ("vCpu", "Vcpu"),
    ("VCpu", "Vcpu"),
    ("OAuth", "Oauth"),
    ("IPv4", "Ipv4"),
    ("IPv6", "Ipv6"),
    ("vSphere", "Vsphere"),
    ("vCenter", "Vcenter"),
];

/// Names that a Rust field cannot have.
const KEYWORDS: &[&str] = &[
    "as", "async", "box", "const", "crate", "dyn", "else", "enum", "extern", "final", "fn", "for", "if", "impl", "in", "let", "loop",
    "match", "mod", "move", "mut", "override", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "type", "use",
    "where", "while",
];

/// The struct of a type: the schema name without `Type`.
pub(crate) fn type_name(name: &QName) -> String {
    let local = name.local.strip_suffix("_Type").or_else(|| name.local.strip_suffix("Type")).unwrap_or(&name.local);
    local.split('_').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

/// The field of an element or attribute: its name in snake case, raw when it is a keyword.
pub(crate) fn field_name(local: &str) -> String {
    let snake = snake(local);
    if KEYWORDS.contains(&snake.as_str()) { format!("r#{snake}") } else { snake }
}

/// Snake case that knows the words of [`WORDS`] and runs of capitals (`memoryMB` is `memory_mb`, `MACAddress` is `mac_address`).
pub(crate) fn snake(name: &str) -> String {
    let name = WORDS.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to));
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_numeric() || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(if *c == '-' || *c == '.' { '_' } else { *c }.to_lowercase());
    }
    out
}

/// The JSON key of an element or attribute: its name with the first word in small letters, as the tables of the wire crate spell it, too
/// (`Field::json_key` there).
pub(crate) fn json_key(local: &str) -> String {
    let capitals = local.chars().take_while(char::is_ascii_uppercase).count();
    let next_is_small = local.chars().nth(capitals).is_some_and(|next| next.is_ascii_lowercase());
    let first = if capitals > 1 && next_is_small { capitals - 1 } else { capitals };
    local[..first].to_ascii_lowercase() + &local[first..]
}

#[cfg(test)]
mod tests {
    use super::super::qname::Ns;
    use super::*;

    #[test]
    fn names_read_as_rust() {
        assert_eq!(field_name("VAppParent"), "vapp_parent");
        assert_eq!(field_name("memoryMB"), "memory_mb");
        assert_eq!(field_name("MACAddress"), "mac_address");
        assert_eq!(field_name("type"), "r#type");
        assert_eq!(field_name("IsIPv6Enabled"), "is_ipv6_enabled");
        assert_eq!(type_name(&QName::new(Ns::Ovf, "VirtualHardwareSection_Type")), "VirtualHardwareSection");
        assert_eq!(type_name(&QName::new(Ns::Ovf, "NetworkSection_Network")), "NetworkSectionNetwork");
        for (local, key) in [
            ("IpScopes", "ipScopes"),
            ("MACAddress", "macAddress"),
            ("VAppParent", "vAppParent"),
            ("VCpuInMhz2", "vCpuInMhz2"),
            ("IM", "im"),
            ("numberOfVMs", "numberOfVMs"),
        ] {
            assert_eq!(json_key(local), key);
        }
    }
}
