//! Which other objects an object names. Invariant: what a document of an object refers to is listed here, so that one loader serves all families.

use crate::entity::{Body, Entity};
use crate::id::Urn;
use crate::kind::Kind;
use uuid::Uuid;

/// Everything that `entity` names: organization, parent, owner, and what its body names.
#[must_use]
pub fn mentions(entity: &Entity) -> Vec<Urn> {
    let head = &entity.head;
    let of = |kind: Kind, id: Option<Uuid>| id.map(|id| Urn::new(kind, id));
    let parent = head.kind.parent().and_then(|kind| of(kind, head.parent));
    let mut urns: Vec<Urn> = [of(Kind::Org, head.org), parent, of(Kind::User, head.owner)].into_iter().flatten().collect();
    match &entity.body {
        Body::User(user) => {
            urns.push(Urn::new(Kind::Role, user.role));
            urns.extend(user.groups.iter().map(|id| Urn::new(Kind::Group, *id)));
        }
        Body::Group(group) => urns.push(Urn::new(Kind::Role, group.role)),
        Body::Catalog(catalog) => {
            urns.extend(catalog.sharing.shares.iter().map(|share| share.subject));
            urns.extend(catalog.storage_profiles.iter().map(|id| Urn::new(Kind::VdcStorageProfile, *id)));
        }
        Body::CatalogItem(item) => urns.push(item.entity),
        Body::Vdc(vdc) => {
            urns.push(Urn::new(Kind::ProviderVdc, vdc.provider_vdc));
            urns.extend(of(Kind::NetworkPool, vdc.network_pool));
            urns.extend(vdc.sharing.shares.iter().map(|share| share.subject));
            urns.extend(vdc.compute_policies.iter().map(|id| Urn::new(Kind::ComputePolicy, *id)));
        }
        Body::VdcStorageProfile(profile) => urns.push(Urn::new(Kind::ProviderStorageProfile, profile.provider_profile)),
        Body::VAppTemplate(template) => {
            urns.extend(
                [of(Kind::CatalogItem, template.catalog_item), of(Kind::VdcStorageProfile, template.storage_profile)].into_iter().flatten(),
            );
        }
        Body::Media(media) => {
            urns.extend(
                [of(Kind::CatalogItem, media.catalog_item), of(Kind::VdcStorageProfile, media.storage_profile)].into_iter().flatten(),
            );
        }
        Body::Disk(disk) => {
            urns.extend([of(Kind::VdcStorageProfile, disk.storage_profile), of(Kind::Vm, disk.attached_to)].into_iter().flatten());
        }
        Body::VApp(vapp) => {
            urns.extend(vapp.networks.iter().filter_map(|network| of(Kind::Network, network.parent)));
            urns.extend(vapp.sharing.shares.iter().map(|share| share.subject));
        }
        Body::Vm(vm) => {
            urns.extend(of(Kind::VdcStorageProfile, vm.storage_profile));
            urns.extend(of(Kind::ComputePolicy, vm.sizing_policy));
            urns.extend(vm.attached.iter().map(|attached| Urn::new(Kind::Disk, attached.disk)));
            urns.extend(vm.drives.media().map(|id| Urn::new(Kind::Media, id)));
            urns.extend(of(Kind::Datastore, vm.upkeep.datastore));
        }
        Body::TemplateVm(vm) => {
            urns.extend([of(Kind::VdcStorageProfile, vm.storage_profile), of(Kind::Datastore, vm.datastore)].into_iter().flatten());
        }
        Body::AffinityRule(rule) => urns.extend(rule.machines.iter().map(|id| Urn::new(Kind::Vm, *id))),
        Body::ProviderVdc(pvdc) => {
            urns.push(Urn::new(Kind::VimServer, pvdc.vim_server));
            urns.extend(pvdc.network_pools.iter().map(|id| Urn::new(Kind::NetworkPool, *id)));
        }
        Body::ExternalNetwork(network) => urns.push(Urn::new(Kind::VimServer, network.vim_server)),
        Body::NetworkPool(pool) => urns.push(Urn::new(Kind::VimServer, pool.vim_server)),
        Body::Network(network) => {
            urns.extend([of(Kind::ExternalNetwork, network.external), of(Kind::EdgeGateway, network.gateway)].into_iter().flatten());
        }
        Body::EdgeGateway(gateway) => urns.extend(gateway.uplinks.iter().map(|uplink| Urn::new(Kind::ExternalNetwork, uplink.network))),
        Body::Host(host) => urns.push(Urn::new(Kind::VimServer, host.vim_server)),
        Body::Datastore(datastore) => urns.push(Urn::new(Kind::VimServer, datastore.vim_server)),
        Body::Org(_) | Body::Role(_) | Body::ProviderStorageProfile(_) | Body::VimServer(_) | Body::ComputePolicy(_) => {}
    }
    urns
}
