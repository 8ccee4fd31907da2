//! Sample documents made from the tables. Invariant: each field of the version once, elements nested at most a few levels.

use std::fmt::Write as _;

use vcdsim_wire::{Field, Kind, Ns, Root, Scalar, TypeInfo};

/// How deep types are filled before only what they require is.
const FULL: usize = 12;

/// Alternatives (type and field) to what a sample already has: the schemas want one of them, the tables know them all.
const OTHER_CHOICES: &[(&str, &str)] = &[
    ("FirewallRuleType", "DestinationVm"),
    ("FirewallRuleType", "SourceVm"),
    ("FirewallRule_Protocols", "Any"),
    ("FirewallRule_Protocols", "Icmp"),
    ("FirewallRule_Protocols", "Other"),
    ("NatRuleType", "GatewayNatRule"),
    ("NatRuleType", "OneToOneVmRule"),
    ("NatRuleType", "PortForwardingRule"),
    ("NatRuleType", "VmRule"),
    ("AccessSettingType", "ExternalSubject"),
    ("HistoricUsageSpecType", "RelativeStartTime"),
    ("HistoricUsageSpecType", "RelativeEndTime"),
    ("VMWNetworkPoolType", "PortGroupRefs"),
    ("VMWNetworkPoolType", "VimServer"),
    ("VMWNetworkPoolType", "FenceIdCount"),
    ("VMWNetworkPoolType", "VlanId"),
    ("VMWNetworkPoolType", "TransportZoneRef"),
    ("VMWNetworkPoolType", "Mtu"),
    ("VMWNetworkPoolType", "VdsContexts"),
];

/// Types whose members all came with a version, though the tables do not say so of what stands for the head of a group. No document of an
/// older version has them.
const CAME_WITH: &[(&str, u16)] = &[("GatewayFeaturesType", 51)];

/// A document with every field of this version, alternatives to each other included.
pub(crate) fn whole(root: &Root, version: u16) -> String {
    of_both(root, version, version)
}

/// The same, with what both versions have.
pub(crate) fn of_both(root: &Root, one: u16, other: u16) -> String {
    document(root, [one, other], false)
}

/// A document with every field of this version that the schemas allow together.
pub(crate) fn valid(root: &Root, version: u16) -> String {
    document(root, [version, version], true)
}

fn document(root: &Root, versions: [u16; 2], valid: bool) -> String {
    let mut sample =
        Sample { bare: root.bare, versions, valid, out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned(), open: Vec::new() };
    let mut names = format!(" xmlns=\"{}\"", root.bare.uri());
    let mut prefixes: Vec<Ns> = root.prefixes.to_vec();
    prefixes.sort_by_key(|ns| ns.prefix());
    for ns in prefixes {
        let _ = write!(names, " xmlns:{}=\"{}\"", ns.prefix(), ns.uri());
    }
    sample.element(root.name.ns, root.name.local, &names, (root.info)());
    sample.out
}

struct Sample {
    bare: Ns,
    versions: [u16; 2],
    valid: bool,
    out: String,
    open: Vec<&'static str>,
}

impl Sample {
    fn element(&mut self, ns: Ns, local: &str, names: &str, info: &'static TypeInfo) {
        let name = self.name(ns, local);
        self.out.push_str(&format!("<{name}{names}"));
        self.open.push(info.name);
        let fields: Vec<&Field> = info
            .fields
            .iter()
            .filter(|field| self.versions.iter().all(|version| field.in_version(*version)) && self.wanted(info, field))
            .collect();
        for field in fields.iter().filter(|field| field.attribute) {
            let prefix = if field.ns == Ns::None { String::new() } else { format!("{}:", field.ns.prefix()) };
            self.out.push_str(&format!(
                " {prefix}{}=\"{}\"",
                field.name,
                if field.ns == Ns::Xsi { subtype(info) } else { value(field.name, field.kind) }
            ));
        }
        let before = self.out.len();
        self.out.push('>');
        if let Some(scalar) = info.text {
            self.out.push_str(value("", Kind::Scalar(scalar)));
        }
        for field in fields.iter().filter(|field| !field.attribute) {
            match field.kind {
                Kind::Scalar(_) => {
                    let name = self.name(field.ns, field.name);
                    self.out.push_str(&format!("<{name}>{}</{name}>", value(field.name, field.kind)));
                }
                Kind::Type(inner) => self.element(field.ns, field.name, "", inner()),
                Kind::Any => {
                    let (name, uri) = (field.name, field.ns.uri());
                    self.out.push_str(&format!("<{name} xmlns=\"{uri}\">{}</{name}>", value(name, Kind::Scalar(Scalar::Str))));
                }
                Kind::Records => {}
            }
        }
        self.open.pop();
        if self.out.len() == before + 1 {
            self.out.truncate(before);
            self.out.push_str("/>");
        } else {
            self.out.push_str(&format!("</{name}>"));
        }
    }

    /// Everything near the root; what a type requires further down, so that types which hold each other come to an end.
    fn wanted(&self, owner: &TypeInfo, field: &Field) -> bool {
        if self.valid && OTHER_CHOICES.contains(&(owner.name, field.name)) {
            return false;
        }
        if self.valid && CAME_WITH.iter().any(|(name, since)| *name == owner.name && self.versions.iter().any(|version| version < since)) {
            return false;
        }
        match field.kind {
            Kind::Type(inner) => field.required || (self.open.len() < FULL && !self.open.contains(&inner().name)),
            Kind::Scalar(_) | Kind::Any | Kind::Records => true,
        }
    }

    fn name(&self, ns: Ns, local: &str) -> String {
        if ns == self.bare { local.to_owned() } else { format!("{}:{local}", ns.prefix()) }
    }
}

/// One of the types that a merged type stands for.
fn subtype(info: &TypeInfo) -> &'static str {
    if info.ns == Ns::Vcloud { "MetadataStringValue" } else { "vmext:VlanPoolType" }
}

/// A value that the schemas accept.
fn value(name: &str, kind: Kind) -> &'static str {
    let Kind::Scalar(scalar) = kind else { return "" };
    match (scalar, name) {
        (Scalar::Int | Scalar::Long, _) => "3",
        (Scalar::Bool, _) => "true",
        (Scalar::Double, _) => "1.5",
        (Scalar::DateTime, _) => "2026-03-04T08:15:00.250Z",
        (Scalar::Str, "SharesLevel") => "NORMAL",
        (Scalar::Str, "Polarity") => "Affinity",
        (Scalar::Str, "Scope") => "Host",
        (Scalar::Str, "MediaType") => "ISO",
        (Scalar::Str, "MediaState") => "SERVER",
        (Scalar::Str, "VirtualCpuType") => "VM64",
        (Scalar::Str, "SmtpSecureMode") => "none",
        (Scalar::Str, "MACAddress" | "MacAddress") => "00:50:56:01:02:03",
        (Scalar::Str, "VcTruststoreContents" | "PreviewCustomTheme" | "LoginPageCustomizationTheme" | "FinalCustomTheme") => "00ff",
        (Scalar::Str, _) => " a&amp;b ",
    }
}
