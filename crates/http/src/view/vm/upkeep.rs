//! What became of machines. Invariant: a document says what was found, and when; never more.

use vcdsim_model::clock::format_time;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::media;
use vcdsim_wire::vcloud;

/// `ComplianceResult`: `UNKNOWN` until the first check.
pub(crate) fn compliance(body: &Vm) -> vcloud::ComplianceResult {
    let found = body.upkeep.compliance;
    let status = found.map_or("UNKNOWN", |found| if found.compliant { "COMPLIANT" } else { "NON_COMPLIANT" });
    vcloud::ComplianceResult {
        compliance_status: Some(status.to_owned()),
        compliance_check_time: found.map(|found| format_time(found.checked)),
        ..vcloud::ComplianceResult::default()
    }
}

/// `GuestCustomizationStatusSection`: a guest is prepared as soon as its machine runs.
pub(crate) fn customization_status(href: &str, body: &Vm) -> vcloud::GuestCustomizationStatusSection {
    vcloud::GuestCustomizationStatusSection {
        href: Some(format!("{href}/guestcustomizationstatus/")),
        r#type: Some(media::GUEST_CUSTOMIZATION_STATUS_SECTION.to_owned()),
        info: "How far the preparation of the guest is".to_owned(),
        guest_cust_status: Some(if body.needs_customization { "GC_PENDING" } else { "GC_COMPLETE" }.to_owned()),
        ..vcloud::GuestCustomizationStatusSection::default()
    }
}
