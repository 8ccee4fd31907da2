//! Names with namespaces. Invariant: a namespace is one of [`Ns`]; text forms use the prefixes of [`Ns::prefix`].

use std::fmt;

/// The namespaces that occur in the schemas. `None` is that of unqualified attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ns {
    None,
    Vcloud,
    Vmext,
    Versions,
    Ovf,
    Ovfenv,
    Rasd,
    Vssd,
    Cim,
    Vmw,
    Ve,
    Xs,
    Xsi,
    Xml,
}

const TABLE: &[(Ns, &str, &str)] = &[
    (Ns::None, "none", ""),
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
    (Ns::Xs, "xs", "http://www.w3.org/2001/XMLSchema"),
    (Ns::Xsi, "xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    (Ns::Xml, "xml", "http://www.w3.org/XML/1998/namespace"),
];

impl Ns {
    /// The namespace with this URI.
    pub(crate) fn of_uri(uri: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.2 == uri && !uri.is_empty()).map(|row| row.0)
    }

    fn of_prefix(prefix: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == prefix).map(|row| row.0)
    }

    /// The usual prefix; also the name of the module with its types.
    pub(crate) fn prefix(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}

/// A name in a namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct QName {
    pub(crate) ns: Ns,
    pub(crate) local: String,
}

impl QName {
    pub(crate) fn new(ns: Ns, local: impl Into<String>) -> Self {
        Self { ns, local: local.into() }
    }

    /// `vmext:BlockingTask`; without a prefix the name is in `bare`.
    pub(crate) fn read(text: &str, bare: Ns) -> Result<Self, String> {
        match text.split_once(':') {
            None => Ok(Self::new(bare, text)),
            Some((prefix, local)) => {
                let ns = Ns::of_prefix(prefix).ok_or_else(|| format!("`{text}`: no namespace has the prefix `{prefix}`"))?;
                Ok(Self::new(ns, local))
            }
        }
    }
}

impl fmt::Display for QName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ns {
            Ns::Vcloud | Ns::None => write!(f, "{}", self.local),
            ns => write!(f, "{}:{}", ns.prefix(), self.local),
        }
    }
}
