//! Media types. Invariant: kept in camel case, as `@type` shows them; headers are lower-cased where they are written.

/// `vcloud.org`.
pub const ORG: &str = "application/vnd.vmware.vcloud.org+xml";
/// `admin.organization`.
pub const ADMIN_ORG: &str = "application/vnd.vmware.admin.organization+xml";
/// `vcloud.orgList`.
pub const ORG_LIST: &str = "application/vnd.vmware.vcloud.orgList+xml";
/// `admin.user`.
pub const USER: &str = "application/vnd.vmware.admin.user+xml";
/// `admin.group`.
pub const GROUP: &str = "application/vnd.vmware.admin.group+xml";
/// `admin.role`.
pub const ROLE: &str = "application/vnd.vmware.admin.role+xml";
/// `admin.right`.
pub const RIGHT: &str = "application/vnd.vmware.admin.right+xml";
/// `admin.vcloud`.
pub const VCLOUD: &str = "application/vnd.vmware.admin.vcloud+xml";
/// `vcloud.session`.
pub const SESSION: &str = "application/vnd.vmware.vcloud.session+xml";
/// `vcloud.entity`.
pub const ENTITY: &str = "application/vnd.vmware.vcloud.entity+xml";
/// `vcloud.error`.
pub const ERROR: &str = "application/vnd.vmware.vcloud.error+xml";
/// `vcloud.query.queryList`.
pub const QUERY_LIST: &str = "application/vnd.vmware.vcloud.query.queryList+xml";
/// `vcloud.query.records`.
pub const QUERY_RECORDS: &str = "application/vnd.vmware.vcloud.query.records+xml";
/// `vcloud.query.idrecords`.
pub const QUERY_IDRECORDS: &str = "application/vnd.vmware.vcloud.query.idrecords+xml";
/// `vcloud.query.references`.
pub const QUERY_REFERENCES: &str = "application/vnd.vmware.vcloud.query.references+xml";
/// `vcloud.task`.
pub const TASK: &str = "application/vnd.vmware.vcloud.task+xml";
/// `vcloud.tasksList`.
pub const TASKS_LIST: &str = "application/vnd.vmware.vcloud.tasksList+xml";
/// `admin.blockingTask`.
pub const BLOCKING_TASK: &str = "application/vnd.vmware.admin.blockingTask+xml";
/// `admin.blockingTaskList`.
pub const BLOCKING_TASK_LIST: &str = "application/vnd.vmware.admin.blockingTaskList+xml";
/// `admin.blockingTaskOperationParams`.
pub const BLOCKING_TASK_PARAMS: &str = "application/vnd.vmware.admin.blockingTaskOperationParams+xml";
/// `admin.blockingTaskUpdateProgressOperationParams`.
pub const BLOCKING_TASK_PROGRESS_PARAMS: &str = "application/vnd.vmware.admin.blockingTaskUpdateProgressOperationParams+xml";
/// `admin.blockingTaskSettings`.
pub const BLOCKING_TASK_SETTINGS: &str = "application/vnd.vmware.admin.blockingTaskSettings+xml";
/// `admin.taskOperationList`.
pub const TASK_OPERATION_LIST: &str = "application/vnd.vmware.admin.taskOperationList+xml";
/// `admin.extensionSettings`.
pub const EXTENSION_SETTINGS: &str = "application/vnd.vmware.admin.extensionSettings+xml";
/// `admin.systemSettings`.
pub const SYSTEM_SETTINGS: &str = "application/vnd.vmware.admin.systemSettings+xml";
/// `admin.generalSettings`.
pub const GENERAL_SETTINGS: &str = "application/vnd.vmware.admin.generalSettings+xml";
/// `admin.amqpSettings`.
pub const AMQP_SETTINGS: &str = "application/vnd.vmware.admin.amqpSettings+xml";
/// `admin.amqpSettingsTest`.
pub const AMQP_SETTINGS_TEST: &str = "application/vnd.vmware.admin.amqpSettingsTest+xml";
/// `admin.certificateUpdateParams`.
pub const CERTIFICATE_UPDATE_PARAMS: &str = "application/vnd.vmware.admin.certificateUpdateParams+xml";
/// `admin.trustStoreUpdateParams`.
pub const TRUST_STORE_UPDATE_PARAMS: &str = "application/vnd.vmware.admin.trustStoreUpdateParams+xml";
/// `admin.notificationsSettings`.
pub const NOTIFICATIONS_SETTINGS: &str = "application/vnd.vmware.admin.notificationsSettings+xml";
/// `vcloud.vdc`.
pub const VDC: &str = "application/vnd.vmware.vcloud.vdc+xml";
/// `admin.vdc`.
pub const ADMIN_VDC: &str = "application/vnd.vmware.admin.vdc+xml";
/// `vcloud.virtualHardwareVersion`.
pub const VIRTUAL_HARDWARE_VERSION: &str = "application/vnd.vmware.vcloud.virtualHardwareVersion+xml";
/// `vcloud.vdcComputePolicyReferences`.
pub const VDC_COMPUTE_POLICY_REFERENCES: &str = "application/vnd.vmware.vcloud.vdcComputePolicyReferences+xml";
/// Whatever the `OpenAPI` serves.
pub const OPENAPI: &str = "application/json";
/// `vcloud.vdcStorageProfile`.
pub const VDC_STORAGE_PROFILE: &str = "application/vnd.vmware.vcloud.vdcStorageProfile+xml";
/// `admin.vdcStorageProfile`.
pub const ADMIN_VDC_STORAGE_PROFILE: &str = "application/vnd.vmware.admin.vdcStorageProfile+xml";
/// `vcloud.catalog`.
pub const CATALOG: &str = "application/vnd.vmware.vcloud.catalog+xml";
/// `admin.catalog`.
pub const ADMIN_CATALOG: &str = "application/vnd.vmware.admin.catalog+xml";
/// `admin.publishCatalogParams`.
pub const PUBLISH_CATALOG_PARAMS: &str = "application/vnd.vmware.admin.publishCatalogParams+xml";
/// `admin.publishExternalCatalogParams`.
pub const PUBLISH_EXTERNAL_CATALOG_PARAMS: &str = "application/vnd.vmware.admin.publishExternalCatalogParams+xml";
/// `admin.externalCatalogSubscriptionParams`.
pub const EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS: &str = "application/vnd.vmware.admin.externalCatalogSubscriptionParams+xml";
/// The same as JSON: clients of newer servers follow this link only.
pub const EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS_JSON: &str = "application/vnd.vmware.admin.externalCatalogSubscriptionParams+json";
/// `vcloud.catalogItem`.
pub const CATALOG_ITEM: &str = "application/vnd.vmware.vcloud.catalogItem+xml";
/// `vcloud.vAppTemplate`.
pub const VAPP_TEMPLATE: &str = "application/vnd.vmware.vcloud.vAppTemplate+xml";
/// `vcloud.vApp`.
pub const VAPP: &str = "application/vnd.vmware.vcloud.vApp+xml";
/// `vcloud.vm`.
pub const VM: &str = "application/vnd.vmware.vcloud.vm+xml";
/// `vcloud.media`.
pub const MEDIA: &str = "application/vnd.vmware.vcloud.media+xml";
/// `vcloud.disk`.
pub const DISK: &str = "application/vnd.vmware.vcloud.disk+xml";
/// `vcloud.diskCreateParams`.
pub const DISK_CREATE_PARAMS: &str = "application/vnd.vmware.vcloud.diskCreateParams+xml";
/// `vcloud.diskAttachOrDetachParams`.
pub const DISK_ATTACH_OR_DETACH_PARAMS: &str = "application/vnd.vmware.vcloud.diskAttachOrDetachParams+xml";
/// `vcloud.mediaInsertOrEjectParams`.
pub const MEDIA_INSERT_OR_EJECT_PARAMS: &str = "application/vnd.vmware.vcloud.mediaInsertOrEjectParams+xml";
/// `vcloud.vms`.
pub const VMS: &str = "application/vnd.vmware.vcloud.vms+xml";
/// `vcloud.owner`.
pub const OWNER: &str = "application/vnd.vmware.vcloud.owner+xml";
/// `vcloud.controlAccess`.
pub const CONTROL_ACCESS: &str = "application/vnd.vmware.vcloud.controlAccess+xml";
/// `vcloud.metadata`.
pub const METADATA: &str = "application/vnd.vmware.vcloud.metadata+xml";
/// `vcloud.metadata.value`.
pub const METADATA_VALUE: &str = "application/vnd.vmware.vcloud.metadata.value+xml";
/// `vcloud.instantiateVAppTemplateParams`.
pub const INSTANTIATE_VAPP_TEMPLATE_PARAMS: &str = "application/vnd.vmware.vcloud.instantiateVAppTemplateParams+xml";
/// `vcloud.uploadVAppTemplateParams`.
pub const UPLOAD_VAPP_TEMPLATE_PARAMS: &str = "application/vnd.vmware.vcloud.uploadVAppTemplateParams+xml";
/// `vcloud.captureVAppParams`.
pub const CAPTURE_VAPP_PARAMS: &str = "application/vnd.vmware.vcloud.captureVAppParams+xml";
/// `vcloud.cloneVAppParams`.
pub const CLONE_VAPP_PARAMS: &str = "application/vnd.vmware.vcloud.cloneVAppParams+xml";
/// `vcloud.CreateVmParams`: its first letter is a capital, as nowhere else.
pub const CREATE_VM_PARAMS: &str = "application/vnd.vmware.vcloud.CreateVmParams+xml";
/// `vcloud.instantiateVmTemplateParams`.
pub const INSTANTIATE_VM_TEMPLATE_PARAMS: &str = "application/vnd.vmware.vcloud.instantiateVmTemplateParams+xml";
/// What comes into a vApp and what leaves it.
pub const RECOMPOSE_VAPP_PARAMS: &str = "application/vnd.vmware.vcloud.recomposeVAppParams+xml";
/// `vcloud.cloneVAppTemplateParams`.
pub const CLONE_VAPP_TEMPLATE_PARAMS: &str = "application/vnd.vmware.vcloud.cloneVAppTemplateParams+xml";
/// `vcloud.cloneMediaParams`.
pub const CLONE_MEDIA_PARAMS: &str = "application/vnd.vmware.vcloud.cloneMediaParams+xml";
/// `vcloud.copyOrMoveCatalogItemParams`.
pub const COPY_OR_MOVE_CATALOG_ITEM_PARAMS: &str = "application/vnd.vmware.vcloud.copyOrMoveCatalogItemParams+xml";
/// `vcloud.customizationSection`.
pub const CUSTOMIZATION_SECTION: &str = "application/vnd.vmware.vcloud.customizationSection+xml";
/// The descriptor of a template.
pub const OVF: &str = "text/xml";
/// `vcloud.relocateVmParams`.
pub const RELOCATE_VM_PARAMS: &str = "application/vnd.vmware.vcloud.relocateVmParams+xml";
/// `vcloud.composeVAppParams`.
pub const COMPOSE_VAPP_PARAMS: &str = "application/vnd.vmware.vcloud.composeVAppParams+xml";
/// `vcloud.deployVAppParams`.
pub const DEPLOY_VAPP_PARAMS: &str = "application/vnd.vmware.vcloud.deployVAppParams+xml";
/// `vcloud.undeployVAppParams`.
pub const UNDEPLOY_VAPP_PARAMS: &str = "application/vnd.vmware.vcloud.undeployVAppParams+xml";
/// `vcloud.mksTicket`
pub const MKS_TICKET: &str = "application/vnd.vmware.vcloud.mksTicket+xml";
/// `vcloud.vmPendingAnswer`
pub const VM_PENDING_ANSWER: &str = "application/vnd.vmware.vcloud.vmPendingAnswer+xml";
/// `vcloud.metrics.currentUsageSpec`
pub const CURRENT_USAGE_SPEC: &str = "application/vnd.vmware.vcloud.metrics.currentUsageSpec+xml";
/// `vcloud.metrics.currentUsage`
pub const CURRENT_USAGE: &str = "application/vnd.vmware.vcloud.metrics.currentUsage+xml";
/// `vcloud.metrics.historicUsageSpec`
pub const HISTORIC_USAGE_SPEC: &str = "application/vnd.vmware.vcloud.metrics.historicUsageSpec+xml";
/// `vcloud.metrics.historicUsage`
pub const HISTORIC_USAGE: &str = "application/vnd.vmware.vcloud.metrics.historicUsage+xml";
/// `vcloud.guestCustomizationStatusSection`
pub const GUEST_CUSTOMIZATION_STATUS_SECTION: &str = "application/vnd.vmware.vcloud.guestCustomizationStatusSection+xml";
/// `vm.complianceResult`
pub const COMPLIANCE_RESULT: &str = "application/vnd.vmware.vm.complianceResult+xml";
/// `vcloud.createSnapshotParams`.
pub const CREATE_SNAPSHOT_PARAMS: &str = "application/vnd.vmware.vcloud.createSnapshotParams+xml";
/// `vcloud.leaseSettingsSection`.
pub const LEASE_SETTINGS_SECTION: &str = "application/vnd.vmware.vcloud.leaseSettingsSection+xml";
/// `vcloud.vAppNetwork`.
pub const VAPP_NETWORK: &str = "application/vnd.vmware.vcloud.vAppNetwork+xml";
/// `vcloud.networkConfigSection`.
pub const NETWORK_CONFIG_SECTION: &str = "application/vnd.vmware.vcloud.networkConfigSection+xml";
/// `vcloud.networkConnectionSection`.
pub const NETWORK_CONNECTION_SECTION: &str = "application/vnd.vmware.vcloud.networkConnectionSection+xml";
/// `vcloud.networkSection`.
pub const NETWORK_SECTION: &str = "application/vnd.vmware.vcloud.networkSection+xml";
/// What a package in one file is of, in links to it; pyvcloud looks for this.
pub const PACKAGE: &str = "application/binary";
/// `vcloud.vmaffinityrule`: in small letters, as recorded.
pub const VM_AFFINITY_RULE: &str = "application/vnd.vmware.vcloud.vmaffinityrule+xml";
/// `vcloud.vmaffinityrules`.
pub const VM_AFFINITY_RULES: &str = "application/vnd.vmware.vcloud.vmaffinityrules+xml";
/// `vcloud.startupSection`.
pub const STARTUP_SECTION: &str = "application/vnd.vmware.vcloud.startupSection+xml";
/// `vcloud.guestCustomizationSection`.
pub const GUEST_CUSTOMIZATION_SECTION: &str = "application/vnd.vmware.vcloud.guestCustomizationSection+xml";
/// `vcloud.operatingSystemSection`.
pub const OPERATING_SYSTEM_SECTION: &str = "application/vnd.vmware.vcloud.operatingSystemSection+xml";
/// `vcloud.virtualHardwareSection`.
pub const VIRTUAL_HARDWARE_SECTION: &str = "application/vnd.vmware.vcloud.virtualHardwareSection+xml";
/// `vcloud.runtimeInfoSection`.
pub const RUNTIME_INFO_SECTION: &str = "application/vnd.vmware.vcloud.runtimeInfoSection+xml";
/// `vcloud.snapshotSection`.
pub const SNAPSHOT_SECTION: &str = "application/vnd.vmware.vcloud.snapshotSection+xml";
/// `vcloud.productSections`.
pub const PRODUCT_SECTIONS: &str = "application/vnd.vmware.vcloud.productSections+xml";
/// `vcloud.vmCapabilitiesSection`.
pub const VM_CAPABILITIES: &str = "application/vnd.vmware.vcloud.vmCapabilitiesSection+xml";
/// `vcloud.bootOptionsSection`.
pub const BOOT_OPTIONS: &str = "application/vnd.vmware.vcloud.bootOptionsSection+xml";
/// `vcloud.rasdItem`.
pub const RASD_ITEM: &str = "application/vnd.vmware.vcloud.rasdItem+xml";
/// `vcloud.rasdItemsList`.
pub const RASD_ITEMS_LIST: &str = "application/vnd.vmware.vcloud.rasdItemsList+xml";
/// `vcloud.network`.
pub const NETWORK: &str = "application/vnd.vmware.vcloud.network+xml";
/// `admin.network`: what references to networks in administrators' documents carry.
pub const ADMIN_NETWORK: &str = "application/vnd.vmware.admin.network+xml";
/// `vcloud.orgNetwork`.
pub const ORG_NETWORK: &str = "application/vnd.vmware.vcloud.orgNetwork+xml";
/// `vcloud.orgVdcNetwork`.
pub const ORG_VDC_NETWORK: &str = "application/vnd.vmware.vcloud.orgVdcNetwork+xml";
/// `admin.edgeGateway`.
pub const EDGE_GATEWAY: &str = "application/vnd.vmware.admin.edgeGateway+xml";
/// `admin.edgeGatewayServiceConfiguration`.
pub const EDGE_GATEWAY_SERVICES: &str = "application/vnd.vmware.admin.edgeGatewayServiceConfiguration+xml";
/// `vcloud.edgeGatewayFormFactor`.
pub const EDGE_GATEWAY_FORM_FACTOR: &str = "application/vnd.vmware.vcloud.edgeGatewayFormFactor+xml";
/// `vcloud.SyslogSettings`: another whose first letter is a capital.
pub const SYSLOG_SETTINGS: &str = "application/vnd.vmware.vcloud.SyslogSettings+xml";
/// `vcloud.allocatedNetworkAddress`.
pub const ALLOCATED_NETWORK_ADDRESS: &str = "application/vnd.vmware.vcloud.allocatedNetworkAddress+xml";
/// `admin.orgSettings`.
pub const ORG_SETTINGS: &str = "application/vnd.vmware.admin.orgSettings+xml";
/// `admin.organizationGeneralSettings`.
pub const ORG_GENERAL_SETTINGS: &str = "application/vnd.vmware.admin.organizationGeneralSettings+xml";
/// `admin.vAppLeaseSettings`.
pub const ORG_LEASE_SETTINGS: &str = "application/vnd.vmware.admin.vAppLeaseSettings+xml";
/// `admin.vAppTemplateLeaseSettings`.
pub const ORG_TEMPLATE_LEASE_SETTINGS: &str = "application/vnd.vmware.admin.vAppTemplateLeaseSettings+xml";
/// `admin.organizationLdapSettings`.
pub const ORG_LDAP_SETTINGS: &str = "application/vnd.vmware.admin.organizationLdapSettings+xml";
/// `admin.organizationEmailSettings`.
pub const ORG_EMAIL_SETTINGS: &str = "application/vnd.vmware.admin.organizationEmailSettings+xml";
/// `admin.organizationPasswordPolicySettings`.
pub const ORG_PASSWORD_POLICY_SETTINGS: &str = "application/vnd.vmware.admin.organizationPasswordPolicySettings+xml";
/// `admin.vmwExtension`.
pub const VMW_EXTENSION: &str = "application/vnd.vmware.admin.vmwExtension+xml";
/// `admin.providervdc`.
pub const PROVIDER_VDC: &str = "application/vnd.vmware.admin.providervdc+xml";
/// `admin.vmwprovidervdc`.
pub const VMW_PROVIDER_VDC: &str = "application/vnd.vmware.admin.vmwprovidervdc+xml";
/// `admin.vmwProviderVdcReferences`.
pub const VMW_PROVIDER_VDC_REFERENCES: &str = "application/vnd.vmware.admin.vmwProviderVdcReferences+xml";
/// `admin.pvdcStorageProfile`.
pub const PROVIDER_STORAGE_PROFILE: &str = "application/vnd.vmware.admin.pvdcStorageProfile+xml";
/// `admin.vmwPvdcStorageProfile`.
pub const VMW_PROVIDER_STORAGE_PROFILE: &str = "application/vnd.vmware.admin.vmwPvdcStorageProfile+xml";
/// `admin.vmwexternalnet`.
pub const VMW_EXTERNAL_NETWORK: &str = "application/vnd.vmware.admin.vmwexternalnet+xml";
/// `admin.vmwExternalNetworkReferences`.
pub const VMW_EXTERNAL_NETWORK_REFERENCES: &str = "application/vnd.vmware.admin.vmwExternalNetworkReferences+xml";
/// `admin.vmwNetworkPool`.
pub const VMW_NETWORK_POOL: &str = "application/vnd.vmware.admin.vmwNetworkPool+xml";
/// `admin.vmwNetworkPoolReferences`.
pub const VMW_NETWORK_POOL_REFERENCES: &str = "application/vnd.vmware.admin.vmwNetworkPoolReferences+xml";
/// `admin.vmwvirtualcenter`.
pub const VIM_SERVER: &str = "application/vnd.vmware.admin.vmwvirtualcenter+xml";
/// `admin.vmwVimServerReferences`.
pub const VIM_SERVER_REFERENCES: &str = "application/vnd.vmware.admin.vmwVimServerReferences+xml";
/// `admin.vmsObjectRefsList`.
pub const VM_OBJECT_REFS_LIST: &str = "application/vnd.vmware.admin.vmsObjectRefsList+xml";
/// `admin.resourcePoolList`.
pub const RESOURCE_POOL_LIST: &str = "application/vnd.vmware.admin.resourcePoolList+xml";
/// `admin.importVmAsVAppParams`.
pub const IMPORT_VM_AS_VAPP_PARAMS: &str = "application/vnd.vmware.admin.importVmAsVAppParams+xml";
/// `admin.importVmIntoExistingVAppParams`.
pub const IMPORT_VM_INTO_EXISTING_VAPP_PARAMS: &str = "application/vnd.vmware.admin.importVmIntoExistingVAppParams+xml";
/// `admin.importVmAsVAppTemplateParams`.
pub const IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS: &str = "application/vnd.vmware.admin.importVmAsVAppTemplateParams+xml";
/// `admin.host`.
pub const HOST: &str = "application/vnd.vmware.admin.host+xml";
/// `admin.vmwHostReferences`.
pub const HOST_REFERENCES: &str = "application/vnd.vmware.admin.vmwHostReferences+xml";
/// `admin.datastore`.
pub const DATASTORE: &str = "application/vnd.vmware.admin.datastore+xml";
/// `admin.datastoreList`.
pub const DATASTORE_LIST: &str = "application/vnd.vmware.admin.datastoreList+xml";
/// `admin.event`.
pub const EVENT: &str = "application/vnd.vmware.admin.event+xml";

/// The form that carries the same document as JSON: the same name with `+json`, or plain JSON where it is plain XML.
#[must_use]
pub fn as_json(media: &str) -> String {
    match media {
        "text/xml" | "application/xml" => "application/json".to_owned(),
        _ => media.strip_suffix("+xml").map_or_else(|| media.to_owned(), |stem| format!("{stem}+json")),
    }
}

/// Whether two media types name the same document: case, parameters and the `+xml` or `+json` ending do not matter.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    stem(a).eq_ignore_ascii_case(stem(b))
}

fn stem(media: &str) -> &str {
    let bare = media.split(';').next().unwrap_or(media).trim();
    let cut = bare.len().saturating_sub(5);
    match bare.get(cut..) {
        Some(end) if end.eq_ignore_ascii_case("+json") => &bare[..cut],
        _ => match bare.get(bare.len().saturating_sub(4)..) {
            Some(end) if end.eq_ignore_ascii_case("+xml") => &bare[..bare.len() - 4],
            _ => bare,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_parameters_and_encoding_do_not_matter() {
        assert!(same("application/vnd.vmware.vcloud.VAPP+json; charset=utf-8", VAPP));
        assert!(!same(VAPP, VM));
        assert_eq!(as_json(VAPP), "application/vnd.vmware.vcloud.vApp+json");
        assert_eq!(as_json("text/xml"), "application/json");
        assert!(!same("é", VM));
    }
}
