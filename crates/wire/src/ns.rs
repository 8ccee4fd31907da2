//! Namespaces and qualified names. Invariant: a namespace is one of [`Ns`] and is known by its URI, never by a client's prefix.

use std::fmt;

/// A namespace of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ns {
    /// That of unqualified attributes.
    None,
    /// The vCloud API itself; the default namespace of every `/api` document.
    Vcloud,
    /// The administrator's extension.
    Vmext,
    /// `/api/versions`.
    Versions,
    /// OVF envelopes.
    Ovf,
    /// OVF environments.
    Ovfenv,
    /// CIM resource allocation.
    Rasd,
    /// CIM virtual system settings.
    Vssd,
    /// CIM common types.
    Cim,
    /// The vendor's additions to OVF.
    Vmw,
    /// The vendor's additions to OVF environments.
    Ve,
    /// XML Schema instance.
    Xsi,
    /// The `xml` prefix.
    Xml,
}

/// Namespace, usual prefix, URI.
const TABLE: [(Ns, &str, &str); 13] = [
    (Ns::None, "", ""),
    (Ns::Vcloud, "vcloud", "http://www.vmware.com/vcloud/v1.5"),
    (Ns::Vmext, "vmext", "http://www.vmware.com/vcloud/extension/v1.5"),
    (Ns::Versions, "versions", "http://www.vmware.com/vcloud/versions"),
    (Ns::Ovf, "ovf", "http://schemas.dmtf.org/ovf/envelope/1"),
    (Ns::Ovfenv, "ovfenv", "http://schemas.dmtf.org/ovf/environment/1"),
    (Ns::Rasd, "rasd", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"),
    (Ns::Vssd, "vssd", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"),
    (Ns::Cim, "cim", "http://schemas.dmtf.org/wbem/wscim/1/common"),
    (Ns::Vmw, "vmw", "http://www.vmware.com/schema/ovf"),
    (Ns::Ve, "ve", "http://www.vmware.com/schema/ovfenv"),
    (Ns::Xsi, "xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    (Ns::Xml, "xml", "http://www.w3.org/XML/1998/namespace"),
];

impl Ns {
    /// The namespace with this URI, when it is one of ours.
    #[must_use]
    pub fn of_uri(uri: &[u8]) -> Option<Self> {
        TABLE[1..].iter().find(|row| row.2.as_bytes() == uri).map(|row| row.0)
    }

    /// The URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        self.row().2
    }

    /// The prefix that documents usually bind to it.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        &TABLE[self as usize]
    }
}

/// A name in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QName {
    /// The namespace.
    pub ns: Ns,
    /// The local name.
    pub local: &'static str,
}

impl QName {
    /// The name `local` in `ns`.
    #[must_use]
    pub const fn new(ns: Ns, local: &'static str) -> Self {
        Self { ns, local }
    }
}

/// As the references write names: without a prefix in the vCloud namespace.
impl fmt::Display for QName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ns {
            Ns::None | Ns::Vcloud | Ns::Versions => f.write_str(self.local),
            ns => write!(f, "{}:{}", ns.prefix(), self.local),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_namespaces() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, at);
        }
        assert_eq!(Ns::of_uri(b"http://www.vmware.com/vcloud/extension/v1.5"), Some(Ns::Vmext));
        assert_eq!(Ns::of_uri(b""), None);
    }
}
