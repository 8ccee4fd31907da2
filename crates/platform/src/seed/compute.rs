//! What an organization has: VDCs, networks, catalogs, templates, media, vApps. Invariant: all of it belongs to the organization, and its ids
//! follow from names.

use super::accounts::{org_id, user_id};
use super::provider::{STORAGE_PROFILES, scope, small_machine, system_default_policy_id};
use super::{CatalogSeed, OrgSeed, TemplateSeed, VAppSeed, VdcSeed, draft, seeded_id};
use crate::vapp::{mac, moref};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::media::Media;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{GuestCustomization, Hardware, TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::sharing::Sharing;
use vcdsim_store::Tx;

/// The organization whose objects have ids that follow from their names alone, as published examples and test suites know them.
const KNOWN: &str = "example";

/// An organization whose objects are being made.
struct Tenant<'s> {
    org: &'s OrgSeed,
    /// Who owns what somebody must own: its first user, who administers it.
    owner: Option<Uuid>,
}

impl Tenant<'_> {
    fn path(&self, name: &str) -> String {
        let org = self.org.name.as_ref();
        if org == KNOWN { name.to_owned() } else { format!("{org}/{name}") }
    }

    /// An object of the organization, owned by its administrator.
    fn owned<R: Resource>(&self, path: &str, parent: Option<Uuid>, body: R) -> Draft<R> {
        Draft { org: Some(org_id(self.org.name.as_ref())), parent, owner: self.owner, ..draft(path, body) }
    }

    /// An object of the organization that nobody owns.
    fn common<R: Resource>(&self, path: &str, parent: Option<Uuid>, body: R) -> Draft<R> {
        Draft { owner: None, ..self.owned(path, parent, body) }
    }

    /// The paths of the VDC that holds what is in a catalog, and of its default storage profile.
    fn vdc_of(&self, catalog: &CatalogSeed) -> String {
        let first = || self.org.vdcs.first().map(|vdc| vdc.name.as_ref());
        self.path(catalog.vdc.as_ref().map(AsRef::as_ref).or_else(first).unwrap_or_default())
    }
}

fn profile_id(vdc: &str) -> Uuid {
    seeded_id(Kind::VdcStorageProfile, &format!("{vdc}/standard"))
}

pub(super) async fn seed(tx: &mut Tx<'_>, org: &OrgSeed) -> Result<(), Fault> {
    let owner = org.users.first().map(|user| user_id(org.name.as_ref(), user.name.as_ref()));
    let tenant = Tenant { org, owner };
    for vdc in &org.vdcs {
        seed_vdc(tx, &tenant, vdc).await?;
    }
    for vdc in &org.vdcs {
        let id = seeded_id(Kind::Vdc, &tenant.path(vdc.name.as_ref()));
        for network in &vdc.networks {
            let body = Network::of("isolated".to_owned(), scope(network.subnet), false);
            tx.insert(tenant.common(&tenant.path(network.name.as_ref()), Some(id), body)).await?;
        }
    }
    for catalog in &org.catalogs {
        seed_catalog(tx, &tenant, catalog).await?;
    }
    for vdc in &org.vdcs {
        for vapp in &vdc.vapps {
            seed_vapp(tx, &tenant, &tenant.path(vdc.name.as_ref()), vapp).await?;
        }
    }
    Ok(())
}

async fn seed_vapp(tx: &mut Tx<'_>, tenant: &Tenant<'_>, vdc: &str, seed: &VAppSeed) -> Result<(), Fault> {
    let (status, deployed) = if seed.powered_on { (Status::PoweredOn, true) } else { (Status::PoweredOff, false) };
    let path = format!("{vdc}/{}", seed.name.as_ref());
    let body = VApp { deployed, ..VApp::default() };
    let vapp = tx.insert(Draft { status, ..tenant.owned(&path, Some(seeded_id(Kind::Vdc, vdc)), body) }).await?;
    for name in &seed.vms {
        let mut hardware = photon();
        for nic in &mut hardware.nics {
            nic.mac = mac(tx);
        }
        let guest = GuestCustomization { enabled: true, computer_name: name.as_ref().to_owned(), ..GuestCustomization::default() };
        let moref = moref(tx);
        let body = Vm {
            deployed,
            storage_profile: Some(profile_id(vdc)),
            sizing_policy: Some(system_default_policy_id()),
            ..Vm::new(hardware, guest, moref)
        };
        let machine = tenant.owned(&format!("{path}/{}", name.as_ref()), Some(vapp.head().id), body);
        tx.insert(Draft { status, ..machine }).await?;
    }
    Ok(())
}

fn photon() -> Hardware {
    small_machine("vmwarePhoton64Guest", "VMware Photon OS (64-bit)", 36)
}

async fn seed_vdc(tx: &mut Tx<'_>, tenant: &Tenant<'_>, seed: &VdcSeed) -> Result<(), Fault> {
    let name = tenant.path(seed.name.as_ref());
    let (provider, pool) = if seed.nsxt { ("example-nsxt-pvdc", "example-nsxt-pool") } else { ("example-pvdc", "example-pool") };
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
    let vdc = tx.insert(tenant.common(&name, None, body)).await?;
    for profile in STORAGE_PROFILES.iter().filter(|name| **name != "*") {
        let body = VdcStorageProfile {
            enabled: true,
            limit_mb: 0,
            default: *profile == "standard",
            provider_profile: seeded_id(Kind::ProviderStorageProfile, &format!("{provider}/{profile}")),
        };
        tx.insert(tenant.common(&format!("{name}/{profile}"), Some(vdc.head().id), body)).await?;
    }
    Ok(())
}

async fn seed_catalog(tx: &mut Tx<'_>, tenant: &Tenant<'_>, seed: &CatalogSeed) -> Result<(), Fault> {
    let (place, vdc) = (tenant.path(seed.name.as_ref()), tenant.vdc_of(seed));
    let body = Catalog { sharing: Sharing::to_be_seen(), ..Catalog::default() };
    let catalog = tx.insert(Draft { description: seed.description.clone(), ..tenant.owned(&place, None, body) }).await?;
    let catalog = catalog.head().id;
    for template in &seed.templates {
        let path = format!("{place}/{}", template.name.as_ref());
        let id = seeded_id(Kind::VAppTemplate, &path);
        let item = tenant.common(&path, Some(catalog), CatalogItem::of(Urn::new(Kind::VAppTemplate, id)));
        tx.insert(Draft { description: template.description.clone(), ..item }).await?;
        seed_template(tx, tenant, (&vdc, &path), template).await?;
    }
    for name in &seed.media {
        let path = format!("{place}/{}", name.as_ref());
        let entity = Urn::new(Kind::Media, seeded_id(Kind::Media, &path));
        tx.insert(tenant.common(&path, Some(catalog), CatalogItem::of(entity))).await?;
        let body = Media {
            size: 4 * 1024 * 1024,
            image_type: "iso".to_owned(),
            catalog_item: Some(seeded_id(Kind::CatalogItem, &path)),
            storage_profile: Some(profile_id(&vdc)),
            files: Vec::new(),
            downloadable: false,
        };
        tx.insert(tenant.owned(&path, Some(seeded_id(Kind::Vdc, &vdc)), body)).await?;
    }
    Ok(())
}

async fn seed_template(tx: &mut Tx<'_>, tenant: &Tenant<'_>, (vdc, path): (&str, &str), seed: &TemplateSeed) -> Result<(), Fault> {
    let body = VAppTemplate {
        networks: crate::vapp_template::networks(Vec::new()),
        ..VAppTemplate::new(Some(seeded_id(Kind::CatalogItem, path)), Some(profile_id(vdc)), 0)
    };
    let template = tenant.owned(path, Some(seeded_id(Kind::Vdc, vdc)), body);
    let template = Draft { status: Status::PoweredOff, description: seed.description.clone(), ..template };
    let template = tx.insert(template).await?;
    let alone = std::slice::from_ref(&seed.name);
    for name in if seed.vms.is_empty() { alone } else { &seed.vms } {
        let name = name.as_ref();
        let mut hardware = photon();
        for nic in &mut hardware.nics {
            nic.mac = mac(tx);
        }
        let body = TemplateVm {
            hardware,
            guest: GuestCustomization { enabled: true, computer_name: name.to_owned(), ..GuestCustomization::default() },
            storage_profile: Some(profile_id(vdc)),
            moref: moref(tx),
            products: Vec::new(),
            datastore: None,
            startup: Startup::default(),
        };
        let machine = tenant.owned(&format!("{path}/{name}"), Some(template.head().id), body);
        tx.insert(Draft { status: Status::PoweredOff, ..machine }).await?;
    }
    Ok(())
}
