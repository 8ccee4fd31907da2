//! The tenant's side of the default inventory: VDCs, networks, catalogs, templates, media. Invariant: all of it belongs to `example`.

use super::accounts::{org_id, user_id};
use super::provider::{STORAGE_PROFILES, scope, small_machine, system_default_policy_id};
use super::{draft, seeded_id};
use crate::vapp::{mac, moref};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::media::Media;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{GuestCustomization, TemplateVm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::sharing::Sharing;
use vcdsim_store::Tx;

const ORG: &str = "example";

/// VDCs: name, provider VDC, network pool.
const VDCS: &[(&str, &str, &str)] =
    &[("example-vdc", "example-pvdc", "example-pool"), ("example-nsxt-vdc", "example-nsxt-pvdc", "example-nsxt-pool")];

/// A catalog with its templates (name, description, machines) and media.
struct CatalogSeed {
    name: &'static str,
    description: &'static str,
    vdc: &'static str,
    templates: &'static [(&'static str, &'static str, &'static [&'static str])],
    media: &'static [&'static str],
}

const CATALOGS: &[CatalogSeed] = &[
    CatalogSeed {
        name: "example-catalog",
        description: "example catalog",
        vdc: "example-vdc",
        templates: &[
            ("photon-1vm", "one VM template", &["photon-1vm"]),
            ("three-vms", "three VM template", &["firstVM", "secondVM", "thirdVM"]),
        ],
        media: &["example-media"],
    },
    CatalogSeed {
        name: "example-nsxt-catalog",
        description: "example NSX-T catalog",
        vdc: "example-nsxt-vdc",
        templates: &[("photon-1vm", "one VM template", &["photon-1vm"])],
        media: &["example-nsxt-media"],
    },
];

/// An object of the example organization, owned by its administrator.
fn owned<R: Resource>(path: &str, parent: Option<Uuid>, body: R) -> Draft<R> {
    Draft { org: Some(org_id(ORG)), parent, owner: Some(user_id(ORG, "orgadmin")), ..draft(path, body) }
}

/// An object of the example organization that nobody owns.
fn common<R: Resource>(path: &str, parent: Option<Uuid>, body: R) -> Draft<R> {
    Draft { owner: None, ..owned(path, parent, body) }
}

fn profile_id(vdc: &str) -> Uuid {
    seeded_id(Kind::VdcStorageProfile, &format!("{vdc}/standard"))
}

pub(super) async fn seed(tx: &mut Tx<'_>) -> Result<(), Fault> {
    for (name, provider, pool) in VDCS {
        seed_vdc(tx, name, provider, pool).await?;
    }
    for (name, third) in [("example-net", 1), ("example-net2", 2)] {
        let body = Network::of("isolated".to_owned(), scope(third), false);
        tx.insert(common(name, Some(seeded_id(Kind::Vdc, "example-vdc")), body)).await?;
    }
    for catalog in CATALOGS {
        seed_catalog(tx, catalog).await?;
    }
    Ok(())
}

async fn seed_vdc(tx: &mut Tx<'_>, name: &str, provider: &str, pool: &str) -> Result<(), Fault> {
    let body = Vdc {
        allocation_model: "AllocationVApp".to_owned(),
        cpu_limit_mhz: 0,
        memory_limit_mb: 0,
        vcpu_mhz: 1000,
        cpu_guaranteed_percent: 20,
        memory_guaranteed_percent: 20,
        network_quota: 100,
        vm_quota: 0,
        enabled: true,
        provider_vdc: seeded_id(Kind::ProviderVdc, provider),
        network_pool: Some(seeded_id(Kind::NetworkPool, pool)),
        thin_provisioning: true,
        fast_provisioning: false,
        sharing: Sharing::to_be_seen(),
        compute_policies: vec![system_default_policy_id()],
        default_compute_policy: Some(system_default_policy_id()),
    };
    let vdc = tx.insert(common(name, None, body)).await?;
    for profile in STORAGE_PROFILES.iter().filter(|name| **name != "*") {
        let body = VdcStorageProfile {
            enabled: true,
            limit_mb: 0,
            default: *profile == "standard",
            provider_profile: seeded_id(Kind::ProviderStorageProfile, &format!("{provider}/{profile}")),
        };
        tx.insert(common(&format!("{name}/{profile}"), Some(vdc.head().id), body)).await?;
    }
    Ok(())
}

async fn seed_catalog(tx: &mut Tx<'_>, seed: &CatalogSeed) -> Result<(), Fault> {
    let body = Catalog { sharing: Sharing::to_be_seen(), ..Catalog::default() };
    let catalog = tx.insert(Draft { description: Some(seed.description.to_owned()), ..owned(seed.name, None, body) }).await?;
    let catalog = catalog.head().id;
    for (name, description, machines) in seed.templates {
        let path = format!("{}/{name}", seed.name);
        let template = seeded_id(Kind::VAppTemplate, &path);
        let item = common(&path, Some(catalog), CatalogItem::of(Urn::new(Kind::VAppTemplate, template)));
        tx.insert(Draft { description: Some((*description).to_owned()), ..item }).await?;
        seed_template(tx, seed.vdc, &path, description, machines).await?;
    }
    for name in seed.media {
        let path = format!("{}/{name}", seed.name);
        let entity = Urn::new(Kind::Media, seeded_id(Kind::Media, &path));
        tx.insert(common(&path, Some(catalog), CatalogItem::of(entity))).await?;
        let body = Media {
            size: 4 * 1024 * 1024,
            image_type: "iso".to_owned(),
            catalog_item: Some(seeded_id(Kind::CatalogItem, &path)),
            storage_profile: Some(profile_id(seed.vdc)),
            files: Vec::new(),
            downloadable: false,
        };
        tx.insert(owned(&path, Some(seeded_id(Kind::Vdc, seed.vdc)), body)).await?;
    }
    Ok(())
}

async fn seed_template(tx: &mut Tx<'_>, vdc: &str, path: &str, description: &str, machines: &[&str]) -> Result<(), Fault> {
    let body = VAppTemplate {
        networks: crate::vapp_template::networks(Vec::new()),
        ..VAppTemplate::new(Some(seeded_id(Kind::CatalogItem, path)), Some(profile_id(vdc)), 0)
    };
    let template = owned(path, Some(seeded_id(Kind::Vdc, vdc)), body);
    let template = Draft { status: Status::PoweredOff, description: Some(description.to_owned()), ..template };
    let template = tx.insert(template).await?;
    for name in machines {
        let mut hardware = small_machine("vmwarePhoton64Guest", "VMware Photon OS (64-bit)", 36);
        for nic in &mut hardware.nics {
            nic.mac = mac(tx);
        }
        let body = TemplateVm {
            hardware,
            guest: GuestCustomization { enabled: true, computer_name: (*name).to_owned(), ..GuestCustomization::default() },
            storage_profile: Some(profile_id(vdc)),
            moref: moref(tx),
            products: Vec::new(),
            datastore: None,
            startup: Startup::default(),
        };
        let machine = owned(&format!("{path}/{name}"), Some(template.head().id), body);
        tx.insert(Draft { status: Status::PoweredOff, ..machine }).await?;
    }
    Ok(())
}
