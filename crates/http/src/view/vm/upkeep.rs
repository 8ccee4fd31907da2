//! What became of machines. Invariant: a document says what was found, and when; never more.

use vcdsim_model::clock::{Time, format_time};
use vcdsim_model::entity::{Entity, Status};
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

/// `GuestCustomizationStatusSection`
pub(crate) fn customization_status(href: &str, entity: &Entity, body: &Vm, now: Time) -> vcloud::GuestCustomizationStatusSection {
    let runs = entity.head.status == Status::PoweredOn;
    let pending = body.needs_customization || runs && body.upkeep.preparation.is_some_and(|preparation| preparation.goes_on(now));
    vcloud::GuestCustomizationStatusSection {
        href: Some(format!("{href}/guestcustomizationstatus/")),
        r#type: Some(media::GUEST_CUSTOMIZATION_STATUS_SECTION.to_owned()),
        info: "How far the preparation of the guest is".to_owned(),
        guest_cust_status: Some(if pending { "GC_PENDING" } else { "GC_COMPLETE" }.to_owned()),
        ..vcloud::GuestCustomizationStatusSection::default()
    }
}
