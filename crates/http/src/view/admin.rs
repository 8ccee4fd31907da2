//! Documents of the family `admin`: the cloud as a whole. Invariant: the description starts with the product version, which clients read.

use crate::view::{ViewCx, role};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::View;
use vcdsim_model::media;
use vcdsim_model::version::PRODUCT;
use vcdsim_platform::admin::CloudGraph;
use vcdsim_wire::vcloud::{
    Networks, OrganizationReference, OrganizationReferences, ProviderVdcReferences, Reference, RightReferences, RoleReferences, VCloud,
};

/// The cloud.
pub(crate) fn document(cx: &ViewCx<'_>, cloud: &CloudGraph) -> VCloud {
    let listed = |all: &[Arc<Entity>]| all.iter().map(|entity| cx.listed(entity, View::Admin)).collect();
    VCloud {
        href: Some(cx.base.join("/api/admin/")),
        r#type: Some(media::VCLOUD.to_owned()),
        name: "VMware vCloud Director".to_owned(),
        description: Some(format!("{} {}", PRODUCT.version, PRODUCT.built)),
        organization_references: Some(OrganizationReferences {
            organization_reference: cloud.orgs.iter().map(|org| organization(cx.listed(org, View::Admin))).collect(),
        }),
        provider_vdc_references: Some(ProviderVdcReferences { provider_vdc_reference: listed(&cloud.provider_vdcs) }),
        right_references: Some(RightReferences {
            right_reference: cloud.rights.iter().map(|row| role::right_reference(cx, row)).collect(),
        }),
        role_references: Some(RoleReferences { role_reference: listed(&cloud.roles) }),
        networks: Some(Networks { network: listed(&cloud.networks) }),
        ..VCloud::default()
    }
}

fn organization(reference: Reference) -> OrganizationReference {
    OrganizationReference { href: reference.href, id: reference.id, r#type: reference.r#type, name: reference.name }
}
