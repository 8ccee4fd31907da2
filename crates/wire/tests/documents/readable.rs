//! Every document that is also a request body, by the functions that its type has.
//!
//! Invariant: a type that can be read stands here, so that what is tried with one body is tried with all.

use crate::sample;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use vcdsim_wire::{Document, Limits, ParseError, QName, Root, ovf, parse_json, parse_xml, render_json, render_xml, roots, vcloud, vmext};

/// One document, its type hidden behind functions.
pub(crate) struct Body {
    /// Its own root.
    pub(crate) root: &'static Root,
    /// The sample of every version, there and back.
    pub(crate) round_trip: fn(),
    to_json: fn(&str, u16) -> String,
    /// Reads XML; what was read must survive both forms.
    pub(crate) from_xml: fn(&[u8]) -> Result<(), ParseError>,
    /// The same with JSON.
    pub(crate) from_json: fn(&[u8]) -> Result<(), ParseError>,
}

const fn body<T: vcdsim_wire::Readable + PartialEq + std::fmt::Debug>() -> Body {
    Body {
        root: <T as Document>::ROOT,
        round_trip: crate::round_trip::<T>,
        to_json: |sample, version| {
            render_json(&parse_xml::<T>(sample.as_bytes(), &Limits::default()).expect("a sample is readable"), version)
        },
        from_xml: |bytes| parse_xml::<T>(bytes, &Limits::default()).map(|read| survives(&read)),
        from_json: |bytes| parse_json::<T>(bytes, &Limits::default()).map(|read| survives(&read)),
    }
}

/// The samples that were made so far, in XML and in JSON.
type Samples = Mutex<BTreeMap<(QName, u16), Arc<[String; 2]>>>;

static SAMPLES: LazyLock<Samples> = LazyLock::new(Mutex::default);

impl Body {
    fn samples(&self, version: u16) -> Arc<[String; 2]> {
        let mut samples = SAMPLES.lock().expect("nobody panics while a sample is made");
        let make = || {
            let xml = sample::whole(self.root, version);
            let json = (self.to_json)(&xml, version);
            Arc::new([xml, json])
        };
        Arc::clone(samples.entry((self.root.name, version)).or_insert_with(make))
    }

    /// Its sample in XML.
    pub(crate) fn xml(&self, version: u16) -> String {
        self.samples(version)[0].clone()
    }

    /// Its sample in JSON.
    pub(crate) fn json(&self, version: u16) -> String {
        self.samples(version)[1].clone()
    }
}

/// The newest version, which has every field that some version has but for those that ended.
const NEWEST: u16 = 391;

/// Writes a document as XML and as JSON and reads it back.
pub(crate) fn survives<T: vcdsim_wire::Readable + PartialEq + std::fmt::Debug>(document: &T) {
    let xml = render_xml(document, NEWEST);
    roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error} in {xml}"));
    // Without what this version does not have; from here on nothing may change any more.
    let once: T = parse_xml(xml.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error} in {xml}"));
    assert_eq!(render_xml(&once, NEWEST), xml);
    let json = render_json(document, NEWEST);
    let again: T = parse_json(json.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error} in {json}"));
    assert_eq!(again, once, "{json}");
}

pub(crate) const ALL: &[Body] = &[
    body::<vcloud::Group>(),
    body::<vcloud::User>(),
    body::<vcloud::VApp>(),
    body::<vcloud::Vm>(),
    body::<vcloud::Task>(),
    body::<vcloud::Event>(),
    body::<vcloud::Owner>(),
    body::<vcloud::Metadata>(),
    body::<vcloud::MetadataValue>(),
    body::<vcloud::ControlAccessParams>(),
    body::<vcloud::InstantiateVAppTemplateParams>(),
    body::<vcloud::ComposeVAppParams>(),
    body::<vcloud::RecomposeVAppParams>(),
    body::<vcloud::CloneVAppParams>(),
    body::<vcloud::DeployVAppParams>(),
    body::<vcloud::UndeployVAppParams>(),
    body::<vcloud::CreateSnapshotParams>(),
    body::<vcloud::LeaseSettingsSection>(),
    body::<vcloud::OrgLeaseSettings>(),
    body::<vcloud::OrgVAppTemplateLeaseSettings>(),
    body::<vcloud::NetworkConfigSection>(),
    body::<vcloud::NetworkConnectionSection>(),
    body::<vcloud::GuestCustomizationSection>(),
    body::<vcloud::TaskOperationList>(),
    body::<vcloud::CustomizationSection>(),
    body::<vcloud::Error>(),
    body::<vcloud::RuntimeInfoSection>(),
    body::<vcloud::SnapshotSection>(),
    body::<vcloud::VmCapabilities>(),
    body::<vcloud::VmSpecSection>(),
    body::<ovf::Item>(),
    body::<ovf::NetworkSection>(),
    body::<ovf::OperatingSystemSection>(),
    body::<ovf::ProductSection>(),
    body::<ovf::StartupSection>(),
    body::<ovf::VirtualHardwareSection>(),
    body::<vmext::BlockingTaskOperationParams>(),
    body::<vmext::BlockingTaskUpdateProgressParams>(),
    body::<vmext::BlockingTaskSettings>(),
    body::<vmext::SystemSettings>(),
    body::<vmext::GeneralSettings>(),
    body::<vmext::AmqpSettings>(),
    body::<vmext::NotificationsSettings>(),
    body::<vmext::ImportVmAsVAppParams>(),
    body::<vmext::ImportVmAsVAppTemplateParams>(),
    body::<ovf::EulaSection>(),
    body::<vcloud::AdminCatalog>(),
    body::<vcloud::AdminVdc>(),
    body::<vcloud::AdminVdcStorageProfile>(),
    body::<vcloud::BootOptions>(),
    body::<vcloud::CaptureVAppParams>(),
    body::<vcloud::CatalogItem>(),
    body::<vcloud::CloneMediaParams>(),
    body::<vcloud::CloneVAppTemplateParams>(),
    body::<vcloud::CopyOrMoveCatalogItemParams>(),
    body::<vcloud::CreateVmParams>(),
    body::<vcloud::CurrentUsageSpec>(),
    body::<vcloud::Disk>(),
    body::<vcloud::DiskAttachOrDetachParams>(),
    body::<vcloud::DiskCreateParams>(),
    body::<vcloud::EdgeGatewayFormFactor>(),
    body::<vcloud::ExternalCatalogSubscriptionParams>(),
    body::<vcloud::Gateway>(),
    body::<vcloud::GatewayFeatures>(),
    body::<vcloud::HistoricUsageSpec>(),
    body::<vcloud::InstantiateVmTemplateParams>(),
    body::<vcloud::Media>(),
    body::<vcloud::MediaInsertOrEjectParams>(),
    body::<vcloud::OrgVdcNetwork>(),
    body::<vcloud::ProductSectionList>(),
    body::<vcloud::PublishCatalogParams>(),
    body::<vcloud::PublishExternalCatalogParams>(),
    body::<vcloud::RasdItemsList>(),
    body::<vcloud::RelocateParams>(),
    body::<vcloud::SyslogServer>(),
    body::<vcloud::UploadVAppTemplateParams>(),
    body::<vcloud::VAppNetwork>(),
    body::<vcloud::VAppTemplate>(),
    body::<vcloud::VdcComputePolicyReferences>(),
    body::<vcloud::VmAffinityRule>(),
    body::<vcloud::VmQuestionAnswer>(),
    body::<vcloud::CertificateUpdateParams>(),
    body::<vcloud::TrustStoreUpdateParams>(),
    body::<vcloud::Vms>(),
    body::<vmext::ImportVmIntoExistingVAppParams>(),
];

#[test]
fn every_document_that_can_be_read_is_among_them() {
    let here = |root: &&&Root| ALL.iter().any(|body| std::ptr::fn_addr_eq(body.root.info, root.info));
    let missing: Vec<_> = roots::READABLE.iter().filter(|root| !here(root)).map(|root| root.name.to_string()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
