//! Operations: every `operationName`, its texts and its events. Invariant: the 65 blockable names are exactly those of the reference (4.4).

use serde::{Deserialize, Serialize};

/// A row of the table of operations.
#[derive(Debug, Clone, Copy)]
pub struct OperationInfo {
    /// The `operationName`, case-sensitive.
    pub name: &'static str,
    /// Whether the settings may block it.
    pub blockable: bool,
    /// How the operation text begins until the task succeeded (reference 5.4).
    pub running: &'static str,
    /// How it begins afterwards.
    pub finished: &'static str,
    /// Events that say the request was accepted, in order (reference 6.7); each is sent for every held object of its kind.
    pub request: &'static [&'static str],
    /// Events that report the outcome, in order, with the success flag of the outcome.
    pub outcome: &'static [&'static str],
}

macro_rules! operations {
    ($($variant:ident = $name:literal $blockable:ident $running:literal $finished:literal [$($request:literal),*] [$($outcome:literal),*]),* $(,)?) => {
        /// What a task does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the table below says what each is")]
        pub enum Operation { $(#[serde(rename = $name)] $variant),* }

        impl Operation {
            /// All operations, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The operation's row.
            #[must_use]
            pub const fn info(self) -> &'static OperationInfo {
                match self { $(Self::$variant => &OperationInfo {
                    name: $name, blockable: operations!(@$blockable), running: $running, finished: $finished,
                    request: &[$($request),*], outcome: &[$($outcome),*],
                }),* }
            }
        }
    };
    (@blockable) => { true };
    (@unblockable) => { false };
}

// Text and events follow the reference's tables 5.4 and 6.7; where those are silent, the nearest operation's words are used.
operations! {
    ImportSingletonVapp = "importSingletonVapp" blockable "Importing" "Imported" ["vapp/import_request", "vm/create_request"] ["vm/create", "vapp/import"],
    ImportIntoExistingVapp = "importIntoExistingVapp" blockable "Importing" "Imported" ["vapp/import_request", "vm/create_request"] ["vm/create", "vapp/import"],
    ImportVcVmsIntoExistingVApp = "importVcVmsIntoExistingVApp" blockable "Importing" "Imported" ["vapp/import_request", "vm/create_request"] ["vm/create", "vapp/import"],
    VdcInstantiateVapp = "vdcInstantiateVapp" blockable "Creating" "Created" ["vapp/create_request", "vm/create_request"] ["vm/create", "vapp/create"],
    VdcCopyVapp = "vdcCopyVapp" blockable "Copying" "Copied" ["vapp/create_request", "vm/create_request"] ["vm/create", "vapp/create"],
    VdcComposeVapp = "vdcComposeVapp" blockable "Creating" "Created" ["vapp/create_request", "vm/create_request"] ["vm/create", "vapp/create"],
    // It tells `vm/delete` itself, of those of its machines that go.
    VdcRecomposeVapp = "vdcRecomposeVapp" blockable "Recomposing" "Recomposed" ["vapp/modify_request"] ["vm/create", "vapp/modify"],
    VdcDeleteVapp = "vdcDeleteVapp" blockable "Deleting" "Deleted" ["vapp/delete_request"] ["vm/delete", "vapp/delete"],
    VdcUpdateVapp = "vdcUpdateVapp" blockable "Updating" "Updated" ["vapp/modify_request"] ["vapp/modify"],
    VdcCaptureTemplate = "vdcCaptureTemplate" blockable "Capturing" "Captured" ["vappTemplate/create_request"] ["vappTemplate/create"],
    VappDeploy = "vappDeploy" blockable "Starting" "Running" ["vapp/deploy_request", "vm/deploy_request"] ["vm/deploy", "vm/change_state", "vapp/deploy"],
    VappUndeploySuspend = "vappUndeploySuspend" blockable "Suspending" "Suspended" ["vapp/undeploy_request", "vm/undeploy_request"] ["vm/change_state", "vm/undeploy", "vapp/undeploy"],
    VappUndeployPowerOff = "vappUndeployPowerOff" blockable "Stopping" "Stopped" ["vapp/undeploy_request", "vm/undeploy_request"] ["vm/change_state", "vm/undeploy", "vapp/undeploy"],
    VappReset = "vappReset" blockable "Reset" "Reset" [] ["vm/change_state"],
    VappRebootGuest = "vappRebootGuest" blockable "Rebooting" "Rebooted" [] ["vm/change_state"],
    VappPowerOff = "vappPowerOff" blockable "Powering off" "Powered off" [] ["vm/change_state"],
    VappShutdownGuest = "vappShutdownGuest" blockable "Shutting down" "Shut down" [] ["vm/change_state"],
    VappSuspend = "vappSuspend" blockable "Suspending" "Suspended" [] ["vm/change_state"],
    VappUpdateVm = "vappUpdateVm" blockable "Updating" "Updated" ["vm/modify_request"] ["vm/modify"],
    TemplateUpdateVm = "templateUpdateVm" blockable "Updating" "Updated" ["vm/modify_request"] ["vm/modify"],
    VappUpgradeHwVersion = "vappUpgradeHwVersion" blockable "Upgrading hardware version of" "Upgraded hardware version of" ["vm/modify_request"] ["vm/modify"],
    VappAttachDisk = "vappAttachDisk" blockable "Attaching Disk to" "Attached Disk to" [] ["disk/attach", "vm/modify"],
    VappDetachDisk = "vappDetachDisk" blockable "Detaching Disk from" "Detached Disk from" [] ["disk/detach", "vm/modify"],
    VappCheckVmCompliance = "vappCheckVmCompliance" blockable "Checking compliance of" "Checked compliance of" [] [],
    VappCreateSnapshot = "vappCreateSnapshot" blockable "Creating Snapshot" "Created Snapshot" ["vm/modify_request"] ["vm/modify"],
    VappRevertToCurrentSnapshot = "vappRevertToCurrentSnapshot" blockable "Reverting to Snapshot" "Reverted to Snapshot" ["vm/modify_request"] ["vm/modify"],
    VappRemoveAllSnapshots = "vappRemoveAllSnapshots" blockable "Removing Snapshot" "Removed Snapshot" ["vm/modify_request"] ["vm/modify"],
    VappMigrateVms = "vappMigrateVms" blockable "Migrating" "Migrated" ["vm/migrate_request"] ["vm/migrate"],
    ImportSingletonTemplate = "importSingletonTemplate" blockable "Importing" "Imported" ["vappTemplate/import_request"] ["vappTemplate/import"],
    VdcUploadOvfContents = "vdcUploadOvfContents" blockable "Finalizing upload of" "Finalized upload of" ["vappTemplate/create_request"] ["vappTemplate/create"],
    VdcEnableDownload = "vdcEnableDownload" blockable "Enabling download of" "Enabled download of" ["vappTemplate/modify_request"] ["vappTemplate/modify"],
    VdcCopyTemplate = "vdcCopyTemplate" blockable "Copying" "Copied" ["vappTemplate/create_request"] ["vappTemplate/create"],
    VdcDeleteTemplate = "vdcDeleteTemplate" blockable "Deleting" "Deleted" ["vappTemplate/delete_request"] ["vappTemplate/delete"],
    VdcUpdateTemplate = "vdcUpdateTemplate" blockable "Updating" "Updated" ["vappTemplate/modify_request"] ["vappTemplate/modify"],
    ImportMedia = "importMedia" blockable "Importing" "Imported" ["media/import_request"] ["media/import"],
    VdcUploadMedia = "vdcUploadMedia" blockable "Finalizing upload of" "Finalized upload of" ["media/create_request"] ["media/create"],
    VdcCopyMedia = "vdcCopyMedia" blockable "Copying" "Copied" ["media/create_request"] ["media/create"],
    VdcDeleteMedia = "vdcDeleteMedia" blockable "Deleting" "Deleted" ["media/delete_request"] ["media/delete"],
    VdcUpdateMedia = "vdcUpdateMedia" blockable "Updating" "Updated" ["media/modify_request"] ["media/modify"],
    VdcCreateDisk = "vdcCreateDisk" blockable "Creating" "Created" ["disk/create_request"] ["disk/create"],
    VdcDeleteDisk = "vdcDeleteDisk" blockable "Deleting" "Deleted" ["disk/delete_request"] ["disk/delete"],
    VdcUpdateDisk = "vdcUpdateDisk" blockable "Updating" "Updated" [] ["disk/modify"],
    CatalogItemEnableDownload = "catalogItemEnableDownload" blockable "Enabling download of" "Enabled download of" [] ["catalogItem/modify"],
    CatalogSync = "catalogSync" blockable "Synchronizing" "Synchronized" [] ["catalog/modify"],
    CatalogSyncAll = "catalogSyncAll" blockable "Synchronizing" "Synchronized" [] ["catalog/modify"],
    CatalogDelete = "catalogDelete" blockable "Deleting" "Deleted" [] ["catalog/delete"],
    CatalogDeleteBacking = "catalogDeleteBacking" blockable "Deleting" "Deleted" [] ["catalogItem/delete"],
    VdcCreateVdc = "vdcCreateVdc" blockable "Creating" "Created" ["vdc/create_request"] ["vdc/create"],
    VdcDeleteVdc = "vdcDeleteVdc" blockable "Deleting" "Deleted" ["vdc/delete_request"] ["vdc/delete"],
    VdcUpdateVdc = "vdcUpdateVdc" blockable "Updating" "Updated" [] ["vdc/modify"],
    VdcUpdateStorageProfiles = "vdcUpdateStorageProfiles" blockable "Updating" "Updated" [] ["vdc/modify"],
    RclCreateProviderVdc = "rclCreateProviderVdc" blockable "Creating" "Created" ["providerVdc/create_request"] ["providerVdc/create"],
    RclDeleteProviderVdc = "rclDeleteProviderVdc" blockable "Deleting" "Deleted" ["providerVdc/delete_request"] ["providerVdc/delete"],
    RclMergePvdc = "rclMergePvdc" blockable "Merging" "Merged" ["providerVdc/merge_request"] ["providerVdc/merge", "providerVdc/mergeWith"],
    RclEnableVxlanForProviderVdc = "rclEnableVxlanForProviderVdc" blockable "Enabling VXLAN of" "Enabled VXLAN of" [] ["providerVdc/modify"],
    NetworkCreateExternalNetwork = "networkCreateExternalNetwork" blockable "Creating" "Created" [] ["network/create"],
    NetworkCreateNetworkPool = "networkCreateNetworkPool" blockable "Creating" "Created" [] ["network/create"],
    NetworkCreateFencePoolTypeNetworkPool = "networkCreateFencePoolTypeNetworkPool" blockable "Creating" "Created" [] ["network/create"],
    NetworkDeleteNetworkPool = "networkDeleteNetworkPool" blockable "Deleting" "Deleted" [] ["network/delete"],
    NetworkUpdateNetworkPool = "networkUpdateNetworkPool" blockable "Updating" "Updated" [] ["network/modify"],
    NetworkUpdateVlanPool = "networkUpdateVlanPool" blockable "Updating" "Updated" [] ["network/modify"],
    NetworkRepairNetworkPool = "networkRepairNetworkPool" blockable "Repairing" "Repaired" [] ["network/modify"],
    NetworkMergeNetworkPools = "networkMergeNetworkPools" blockable "Merging" "Merged" [] ["network/modify"],
    NetworkUpdateNetwork = "networkUpdateNetwork" blockable "Updating" "Updated" [] ["network/modify"],
    NetworkDelete = "networkDelete" blockable "Deleting" "Deleted" [] ["network/delete"],
    // Recorded tasks have this one; no list of those that block does.
    NetworkCreateOrgVdcNetwork = "networkCreateOrgVdcNetwork" unblockable "Creating" "Created" [] ["network/create"],
    // No source has the name of this one; it is ours.
    NetworkReset = "networkReset" unblockable "Resetting" "Reset" [] ["network/modify"],
    // The 65 have none for edge gateways. These are of recorded tasks, of what clients look for and of the reference's examples; the names
    // for changing one and for telling it the log servers are ours.
    NetworkEdgeGatewayCreate = "networkEdgeGatewayCreate" unblockable "Creating" "Created" [] ["gateway/create"],
    NetworkEdgeGatewayUpdate = "networkEdgeGatewayUpdate" unblockable "Updating" "Updated" [] ["gateway/modify"],
    NetworkConfigureEdgeGatewayServices = "networkConfigureEdgeGatewayServices" unblockable "Updating services" "Updated services" [] ["gateway/modify"],
    NetworkEdgeGatewayRedeploy = "networkEdgeGatewayRedeploy" unblockable "Redeploying" "Redeployed" [] ["gateway/modify"],
    NetworkEdgeGatewayUpgradeConfiguration = "networkEdgeGatewayUpgradeConfiguration" unblockable "Upgrading configuration" "Upgraded configuration" [] ["gateway/upgrade"],
    NetworkEdgeGatewaySyncSyslog = "networkEdgeGatewaySyncSyslog" unblockable "Synchronizing syslog" "Synchronized syslog" [] ["gateway/modify"],
    NetworkEdgeGatewayDelete = "networkEdgeGatewayDelete" unblockable "Deleting" "Deleted" [] ["gateway/delete"],
    // No source has the name of this one; it is ours.
    VappDiscardSuspendedState = "vappDiscardSuspendedState" unblockable "Discarding suspended state of" "Discarded suspended state of" [] ["vm/change_state"],
    MetadataUpdate = "metadataUpdate" unblockable "Updating metadata for" "Updated metadata for" [] [],
    VappInsertCdFloppy = "vappInsertCdFloppy" unblockable "Inserting Media" "Inserted Media" [] [],
    VappEjectCdFloppy = "vappEjectCdFloppy" unblockable "Ejecting Media" "Ejected Media" [] [],
    VdcUpdateVappNetworkSection = "vdcUpdateVappNetworkSection" unblockable "Updating" "Updated" ["vapp/modify_request"] ["vapp/modify"],
    // No source tells the names of these two; theirs follow the request's and the nearest operations'.
    VappConsolidateVm = "vappConsolidateVm" unblockable "Consolidating" "Consolidated" ["vm/consolidate_request"] ["vm/consolidate"],
    VappRelocateVm = "vappRelocateVm" unblockable "Relocating" "Relocated" ["vm/relocate_request"] ["vm/relocate"],
    // go-vcloud-director looks for tasks of this name.
    SyncCatalogItem = "syncCatalogItem" unblockable "Synchronizing" "Synchronized" [] ["catalogItem/modify"],
    // The first is inferred from a log of a real server; the others follow it.
    AffinityRuleCreate = "affinityRuleCreate" unblockable "Creating" "Created" [] [],
    AffinityRuleUpdate = "affinityRuleUpdate" unblockable "Updating" "Updated" [] [],
    AffinityRuleDelete = "affinityRuleDelete" unblockable "Deleting" "Deleted" [] [],
    CatalogCreateCatalog = "catalogCreateCatalog" unblockable "Creating" "Created" [] ["catalog/create"],
    LibraryDeleteBacking = "libraryDeleteBacking" unblockable "Deleting" "Deleted" [] ["catalogItem/delete"],
}

impl Operation {
    /// The `operationName`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The operation with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Whether its task waits for files, which clients send.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::VdcUploadMedia | Self::VdcUploadOvfContents)
    }

    /// The operations that settings may block.
    pub fn blockable() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|operation| operation.info().blockable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventType;

    #[test]
    fn sixty_five_can_be_blocked() {
        assert_eq!(Operation::blockable().count(), 65);
        assert_eq!(Operation::from_name("vdcInstantiateVapp"), Some(Operation::VdcInstantiateVapp));
        assert_eq!(Operation::from_name("vdcinstantiatevapp"), None);
    }

    #[test]
    fn every_event_named_here_is_a_published_event_type() {
        for operation in Operation::ALL {
            for event in operation.info().request.iter().chain(operation.info().outcome) {
                assert!(EventType::find(event).is_some(), "{} names {event}", operation.name());
            }
        }
    }
}
