//! Every published query type. Invariant: a name stands once; types of families that are not served yet have no rows and no attributes.

use super::Audience::{Everyone, OrgAdmin, System};
use super::{
    Audience, Field, QueryType, Rows, address, blocking_task, catalog, catalog_item, cell, datastore, disk, edge_gateway, event,
    external_network, group, host, media, network, network_pool, org, provider_vdc, relation, role, storage_profile, task, user, vapp,
    vapp_network, vapp_template, vdc, vim_server, vm,
};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media::VAPP_NETWORK;
use vcdsim_model::version::ApiVersion as V;

type References = Option<&'static str>;

/// A type with rows: name, element of a row, element around references.
const fn served(name: &'static str, record: &'static str, references: References, rows: Rows, fields: &'static [Field]) -> QueryType {
    QueryType { name, record, references, audience: Everyone, since: V::V1_5, rows, view: View::User, media: None, fields }
}

/// A type of which nothing exists here.
const fn empty(name: &'static str, record: &'static str, references: References, audience: Audience, since: V) -> QueryType {
    QueryType { audience, since, ..served(name, record, references, Rows::None, &[]) }
}

impl QueryType {
    const fn to(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    const fn since(mut self, version: V) -> Self {
        self.since = version;
        self
    }

    const fn under(mut self, view: View) -> Self {
        self.view = view;
        self
    }

    const fn leads_to(mut self, media: &'static str) -> Self {
        self.media = Some(media);
        self
    }
}

const VAPPS: Rows = Rows::Entities(&[Kind::VApp]);
const VMS: Rows = Rows::Entities(&[Kind::Vm, Kind::TemplateVm]);
const TEMPLATES: Rows = Rows::Entities(&[Kind::VAppTemplate]);
const VDCS: Rows = Rows::Entities(&[Kind::Vdc]);
const CATALOGS: Rows = Rows::Entities(&[Kind::Catalog]);
const CATALOG_ITEMS: Rows = Rows::Entities(&[Kind::CatalogItem]);
const MEDIA: Rows = Rows::Entities(&[Kind::Media]);
const DISKS: Rows = Rows::Entities(&[Kind::Disk]);
const ORGS: Rows = Rows::Entities(&[Kind::Org]);
const USERS: Rows = Rows::Entities(&[Kind::User]);
const GROUPS: Rows = Rows::Entities(&[Kind::Group]);
const ROLES: Rows = Rows::Entities(&[Kind::Role]);
const NETWORKS: Rows = Rows::Entities(&[Kind::Network]);
const EDGE_GATEWAYS: Rows = Rows::Entities(&[Kind::EdgeGateway]);
const VDC_PROFILES: Rows = Rows::Entities(&[Kind::VdcStorageProfile]);
const PROVIDER_VDCS: Rows = Rows::Entities(&[Kind::ProviderVdc]);
const PROVIDER_PROFILES: Rows = Rows::Entities(&[Kind::ProviderStorageProfile]);
const VIM_SERVERS: Rows = Rows::Entities(&[Kind::VimServer]);
const HOSTS: Rows = Rows::Entities(&[Kind::Host]);
const DATASTORES: Rows = Rows::Entities(&[Kind::Datastore]);
const NETWORK_POOLS: Rows = Rows::Entities(&[Kind::NetworkPool]);
const VAPP_NETWORKS: Rows = Rows::Parts(&vapp_network::NETWORKS);
const VAPPS_AND_NETWORKS: Rows = Rows::Parts(&relation::VAPP_AND_NETWORK);
const EXTERNAL_ADDRESSES: Rows = Rows::Parts(&address::ADDRESSES);
const EXTERNAL_NETWORKS: Rows = Rows::Entities(&[Kind::ExternalNetwork]);

/// The list: first the types with rows, then the others; `GET /api/query` names them in this order.
#[rustfmt::skip]
pub const TYPES: &[QueryType] = &[
    served("task", "TaskRecord", Some("TaskReferences"), Rows::Tasks, task::FIELDS),
    served("adminTask", "AdminTaskRecord", Some("TaskReferences"), Rows::Tasks, task::ADMIN_FIELDS).to(System),
    served("blockingTask", "BlockingTaskRecord", Some("BlockingTaskReferences"), Rows::BlockingTasks, blocking_task::FIELDS).to(System),
    served("event", "EventRecord", None, Rows::Events, event::FIELDS),
    served("adminEvent", "AdminEventRecord", None, Rows::Events, event::ADMIN_FIELDS).to(System).since(V::V5_1),
    // Published for organization administrators too, but clients take its presence in the list for the mark of a system administrator.
    served("organization", "OrgRecord", Some("OrgReferences"), ORGS, org::FIELDS).to(System),
    served("orgVdc", "OrgVdcRecord", Some("OrgVdcReferences"), VDCS, vdc::FIELDS),
    served("adminOrgVdc", "AdminVdcRecord", Some("AdminVdcReferences"), VDCS, vdc::ADMIN_FIELDS).to(System).under(View::Admin),
    served("orgVdcStorageProfile", "OrgVdcStorageProfileRecord", Some("OrgVdcStorageProfileReferences"), VDC_PROFILES, storage_profile::FIELDS).since(V::V5_1),
    served("adminOrgVdcStorageProfile", "AdminOrgVdcStorageProfileRecord", Some("AdminOrgVdcStorageProfileReferences"), VDC_PROFILES, storage_profile::ADMIN_FIELDS).to(System).under(View::Admin).since(V::V5_1),
    served("catalog", "CatalogRecord", Some("CatalogReferences"), CATALOGS, catalog::FIELDS),
    served("adminCatalog", "AdminCatalogRecord", Some("CatalogReferences"), CATALOGS, catalog::ADMIN_FIELDS).to(System).under(View::Admin),
    served("catalogItem", "CatalogItemRecord", Some("CatalogItemReferences"), CATALOG_ITEMS, catalog_item::FIELDS),
    served("adminCatalogItem", "AdminCatalogItemRecord", Some("CatalogItemReferences"), CATALOG_ITEMS, catalog_item::ADMIN_FIELDS).to(System),
    served("vAppTemplate", "VAppTemplateRecord", Some("VAppTemplateReferences"), TEMPLATES, vapp_template::FIELDS),
    served("adminVAppTemplate", "AdminVAppTemplateRecord", Some("VAppTemplateReferences"), TEMPLATES, vapp_template::ADMIN_FIELDS).to(System),
    served("media", "MediaRecord", Some("MediaReferences"), MEDIA, media::FIELDS),
    served("adminMedia", "AdminMediaRecord", Some("MediaReferences"), MEDIA, media::ADMIN_FIELDS).to(System),
    served("disk", "DiskRecord", Some("DiskReferences"), DISKS, disk::FIELDS).since(V::V5_1),
    served("adminDisk", "AdminDiskRecord", Some("AdminDiskReferences"), DISKS, disk::ADMIN_FIELDS).to(System).since(V::V5_1),
    served("vApp", "VAppRecord", Some("VAppReferences"), VAPPS, vapp::FIELDS),
    served("adminVApp", "AdminVAppRecord", Some("VAppReferences"), VAPPS, vapp::ADMIN_FIELDS).to(System),
    served("vm", "VMRecord", Some("VMReferences"), VMS, vm::FIELDS),
    served("adminVM", "AdminVMRecord", Some("VMReferences"), VMS, vm::ADMIN_FIELDS).to(System),
    served("orgVdcNetwork", "OrgVdcNetworkRecord", Some("OrgVdcNetworkReferences"), NETWORKS, network::FIELDS).under(View::Admin).since(V::V5_1),
    served("orgNetwork", "OrgNetworkRecord", Some("OrgNetworkReferences"), NETWORKS, network::ORG_FIELDS),
    served("adminOrgNetwork", "AdminOrgNetworkRecord", Some("OrgNetworkReferences"), NETWORKS, network::ADMIN_ORG_FIELDS).to(System).under(View::Admin),
    served("edgeGateway", "EdgeGatewayRecord", Some("EdgeGatewayReferences"), EDGE_GATEWAYS, edge_gateway::FIELDS).to(OrgAdmin).under(View::Admin).since(V::V5_1),
    served("user", "UserRecord", Some("UserReferences"), USERS, user::FIELDS),
    served("adminUser", "AdminUserRecord", Some("UserReferences"), USERS, user::ADMIN_FIELDS).to(System),
    served("group", "GroupRecord", Some("GroupReferences"), GROUPS, group::FIELDS),
    served("adminGroup", "AdminGroupRecord", Some("GroupReferences"), GROUPS, group::ADMIN_FIELDS).to(System),
    served("role", "RoleRecord", Some("RoleReferences"), ROLES, role::FIELDS).to(OrgAdmin),
    served("adminRole", "AdminRoleRecord", Some("RoleReferences"), ROLES, role::ADMIN_FIELDS).to(System).since(V::V27_0),
    served("right", "RightRecord", Some("RightReferences"), Rows::Rights, role::RIGHT_FIELDS).to(OrgAdmin),
    served("providerVdc", "VMWProviderVdcRecord", Some("VMWProviderVdcReferences"), PROVIDER_VDCS, provider_vdc::FIELDS).to(System).under(View::Admin),
    served("providerVdcStorageProfile", "ProviderVdcStorageProfileRecord", Some("ProviderVdcStorageProfileReferences"), PROVIDER_PROFILES, storage_profile::PROVIDER_FIELDS).to(System).under(View::Admin).since(V::V5_1),
    served("virtualCenter", "VirtualCenterRecord", Some("VirtualCenterReferences"), VIM_SERVERS, vim_server::FIELDS).to(System),
    served("host", "HostRecord", Some("HostReferences"), HOSTS, host::FIELDS).to(System),
    served("datastore", "DatastoreRecord", Some("DatastoreReferences"), DATASTORES, datastore::FIELDS).to(System),
    served("networkPool", "NetworkPoolRecord", Some("NetworkPoolReferences"), NETWORK_POOLS, network_pool::FIELDS).to(System),
    served("externalNetwork", "NetworkRecord", Some("NetworkReferences"), EXTERNAL_NETWORKS, external_network::FIELDS).to(System),
    served("portgroup", "PortgroupRecord", None, Rows::Parts(&vim_server::PORT_GROUPS), vim_server::PORT_GROUP_FIELDS).to(System),
    served("resourcePool", "ResourcePoolRecord", None, Rows::Parts(&vim_server::RESOURCE_POOLS), vim_server::RESOURCE_POOL_FIELDS).to(System),
    served("vAppNetwork", "VAppNetworkRecord", Some("VAppNetworkReferences"), VAPP_NETWORKS, vapp_network::FIELDS).leads_to(VAPP_NETWORK),
    served("adminVAppNetwork", "AdminVAppNetworkRecord", Some("VAppNetworkReferences"), VAPP_NETWORKS, vapp_network::ADMIN_FIELDS).to(System).leads_to(VAPP_NETWORK),
    served("vmDiskRelation", "VmDiskRelationRecord", None, Rows::Parts(&relation::DISK_AND_VM), relation::DISK_AND_VM_FIELDS).since(V::V5_1),
    served("adminVMDiskRelation", "AdminVmDiskRelationRecord", None, Rows::Parts(&relation::DISK_AND_VM), relation::DISK_AND_VM_FIELDS).to(System).since(V::V5_1),
    served("vAppOrgVdcNetworkRelation", "VAppOrgVdcNetworkRelationRecord", Some("VAppOrgVdcNetworkRelationReferences"), VAPPS_AND_NETWORKS, relation::VAPP_AND_NETWORK_FIELDS).to(OrgAdmin).since(V::V5_1),
    served("vAppOrgNetworkRelation", "VAppOrgNetworkRelationRecord", Some("VAppOrgNetworkRelationReferences"), VAPPS_AND_NETWORKS, relation::VAPP_AND_ORG_NETWORK_FIELDS).to(OrgAdmin),
    served("orgVdcResourcePoolRelation", "OrgVdcResourcePoolRelationRecord", None, Rows::Parts(&relation::VDC_AND_POOL), relation::VDC_AND_POOL_FIELDS).to(System),
    served("providerVdcResourcePoolRelation", "ProviderVdcResourcePoolRelationRecord", None, Rows::Parts(&relation::PROVIDER_AND_POOL), relation::PROVIDER_AND_POOL_FIELDS).to(System),
    served("datastoreProviderVdcRelation", "DatastoreProviderVdcRelationRecord", None, Rows::Parts(&relation::PROVIDER_AND_DATASTORE), relation::PROVIDER_AND_DATASTORE_FIELDS).to(System),
    served("resourcePoolVmList", "ResourcePoolVMRecord", Some("VMReferences"), VMS, vm::RESOURCE_POOL_FIELDS).to(System).since(V::V5_1),
    served("allocatedExternalAddress", "AllocatedExternalAddressRecord", None, EXTERNAL_ADDRESSES, address::FIELDS).to(OrgAdmin),
    served("adminAllocatedExternalAddress", "AdminAllocatedExternalAddressRecord", None, EXTERNAL_ADDRESSES, address::ADMIN_FIELDS).to(System),
    served("adminEventCBM", "AdminEventCBMRecord", None, Rows::Events, event::CHARGEBACK_FIELDS).to(System).since(V::V5_1),
    served("cell", "CellRecord", None, Rows::Cell, cell::FIELDS).to(System),
    empty("aclRule", "AclRuleRecord", Some("AclRuleReferences"), System, V::V5_1),
    empty("adminApiDefinition", "AdminApiDefinitionRecord", Some("AdminApiDefinitionReferences"), System, V::V5_1),
    empty("adminFileDescriptor", "AdminFileDescriptorRecord", Some("AdminFileDescriptorReferences"), System, V::V5_1),
    empty("adminOrgVdcTemplate", "AdminOrgVdcTemplateRecord", Some("AdminOrgVdcTemplateReferences"), System, V::V9_0),
    empty("adminService", "AdminServiceRecord", Some("AdminServiceReferences"), System, V::V5_1),
    empty("adminShadowVM", "AdminShadowVMRecord", Some("ShadowVMReferences"), System, V::V1_5),
    empty("apiDefinition", "ApiDefinitionRecord", Some("ApiDefinitionReferences"), Everyone, V::V5_1),
    empty("apiFilter", "ApiFilterRecord", Some("ApiFilterReferences"), System, V::V5_1),
    empty("condition", "ConditionRecord", None, System, V::V5_1),
    empty("dvSwitch", "DvSwitchRecord", None, System, V::V1_5),
    empty("externalLocalization", "ExternalLocalizationRecord", None, System, V::V5_1),
    empty("fileDescriptor", "FileDescriptorRecord", None, Everyone, V::V5_1),
    empty("fromCloudTunnel", "FromCloudTunnelRecord", Some("FromCloudTunnelReferences"), Everyone, V::V9_0),
    empty("gatewayUplinks", "GatewayUplinksRecord", Some("GatewayUplinksReferences"), OrgAdmin, V::V32_0),
    empty("licensingManagedServer", "LicensingManagedServerRecord", None, System, V::V5_1),
    empty("licensingReport", "LicensingReportRecord", None, System, V::V5_1),
    empty("licensingReportSample", "LicensingReportSampleRecord", None, System, V::V5_1),
    empty("licensingVirtualMachine", "LicensingVirtualMachineRecord", None, System, V::V5_1),
    empty("nsxTManager", "NsxTManagerRecord", Some("NsxTManagerReferences"), System, V::V30_0),
    empty("orgAssociation", "OrgAssociationRecord", Some("OrgAssociationReferences"), OrgAdmin, V::V29_0),
    empty("orgVdcTemplate", "OrgVdcTemplateRecord", Some("OrgVdcTemplateReferences"), Everyone, V::V9_0),
    empty("resourceClass", "ResourceClassRecord", Some("ResourceClassReferences"), System, V::V5_1),
    empty("resourceClassAction", "ResourceClassActionRecord", Some("ResourceClassActionReferences"), System, V::V5_1),
    empty("service", "ServiceRecord", Some("ServiceReferences"), Everyone, V::V5_1),
    empty("serviceLink", "ServiceLinkRecord", Some("ServiceLinkReferences"), System, V::V5_1),
    empty("serviceResource", "ServiceResourceRecord", Some("ServiceResourceResourceReferences"), System, V::V5_1),
    empty("site", "SiteRecord", Some("SiteReferences"), System, V::V29_0),
    empty("siteAssociation", "SiteAssociationRecord", Some("SiteAssociationReferences"), System, V::V29_0),
    empty("siteOrgAssociation", "SiteOrgAssociationRecord", Some("SiteOrgAssociationReferences"), System, V::V29_0),
    empty("storageProfile", "StorageProfileRecord", Some("StorageProfileReferences"), System, V::V30_0),
    empty("strandedItem", "StrandedItemRecord", Some("StrandedItemReferences"), System, V::V5_1),
    empty("strandedUser", "StrandedUserRecord", Some("UserReferences"), OrgAdmin, V::V1_5),
    empty("toCloudTunnel", "ToCloudTunnelRecord", Some("ToCloudTunnelReferences"), Everyone, V::V9_0),
    empty("vmGroups", "VmGroupsRecord", Some("VmGroupsReferences"), System, V::V27_0),
    empty("vmGroupVms", "VmGroupVmsRecord", Some("VmGroupVmsReferences"), System, V::V27_0),
];
