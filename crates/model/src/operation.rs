//! Operations: every `operationName`, its texts and its events. Invariant: the 65 listed names are exactly those of the reference (4.4).

use serde::{Deserialize, Serialize};

/// A row of the table of operations.
#[derive(Debug, Clone, Copy)]
pub struct OperationInfo {
    /// The `operationName`, case-sensitive.
    pub name: &'static str,
    /// The `Category` beside it in lists of operations, from 33.0 on. No source has the values of real servers; these are the groups of the
    /// reference (4.4).
    pub category: &'static str,
    /// Whether it is one of the 65 that the list of 5.5 names. The others block as well (ruling: whatever runs can be blocked).
    pub listed: bool,
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
    ($($category:literal {
        $($variant:ident = $name:literal $listed:ident $running:literal $finished:literal [$($request:literal),*] [$($outcome:literal),*]),* $(,)?
    })*) => {
        /// What a task does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the table below says what each is")]
        pub enum Operation { $($(#[serde(rename = $name)] $variant),*),* }

        impl Operation {
            /// All operations, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$variant),*),*];

            /// The operation's row.
            #[must_use]
            pub const fn info(self) -> &'static OperationInfo {
                match self { $($(Self::$variant => &OperationInfo {
                    name: $name, category: $category, listed: operations!(@$listed), running: $running, finished: $finished,
                    request: &[$($request),*], outcome: &[$($outcome),*],
                }),*),* }
            }
        }
    };
    (@listed) => { true };
    (@later) => { false };
}

// Text and events follow the reference's tables 5.4 and 6.7; where those are silent, the nearest operation's words are used.
operations! {
    "vApp" {
        ImportSingletonVapp = "importSingletonVapp" listed "Importing" "Imported" ["vapp/import_request", "vm/create_request"] ["vm/create", "vapp/import"],
        ImportIntoExistingVapp = "importIntoExistingVapp" listed "Importing" "Imported" ["vapp/import_request", "vm/create_request"] ["vm/create", "vapp/import"],
        ImportVcVmsIntoExistingVApp = "importVcVmsIntoExistingVApp" listed "Importing" "Imported" ["vapp/import_request", "vm/create_request"] ["vm/create", "vapp/import"],
        VdcInstantiateVapp = "vdcInstantiateVapp" listed "Creating" "Created" ["vapp/create_request", "vm/create_request"] ["vm/create", "vapp/create"],
        VdcCopyVapp = "vdcCopyVapp" listed "Copying" "Copied" ["vapp/create_request", "vm/create_request"] ["vm/create", "vapp/create"],
        VdcComposeVapp = "vdcComposeVapp" listed "Creating" "Created" ["vapp/create_request", "vm/create_request"] ["vm/create", "vapp/create"],
        // It tells `vm/delete` itself, of those of its machines that go.
        VdcRecomposeVapp = "vdcRecomposeVapp" listed "Recomposing" "Recomposed" ["vapp/modify_request"] ["vm/create", "vapp/modify"],
        VdcDeleteVapp = "vdcDeleteVapp" listed "Deleting" "Deleted" ["vapp/delete_request"] ["vm/delete", "vapp/delete"],
        VdcUpdateVapp = "vdcUpdateVapp" listed "Updating" "Updated" ["vapp/modify_request"] ["vapp/modify"],
        VdcUpdateVappNetworkSection = "vdcUpdateVappNetworkSection" later "Updating" "Updated" ["vapp/modify_request"] ["vapp/modify"],
        VdcCaptureTemplate = "vdcCaptureTemplate" listed "Capturing" "Captured" ["vappTemplate/create_request"] ["vappTemplate/create"],
    }
    "Power and state" {
        VappDeploy = "vappDeploy" listed "Starting" "Running" ["vapp/deploy_request", "vm/deploy_request"] ["vm/deploy", "vm/change_state", "vapp/deploy"],
        VappUndeploySuspend = "vappUndeploySuspend" listed "Suspending" "Suspended" ["vapp/undeploy_request", "vm/undeploy_request"] ["vm/change_state", "vm/undeploy", "vapp/undeploy"],
        VappUndeployPowerOff = "vappUndeployPowerOff" listed "Stopping" "Stopped" ["vapp/undeploy_request", "vm/undeploy_request"] ["vm/change_state", "vm/undeploy", "vapp/undeploy"],
        VappReset = "vappReset" listed "Reset" "Reset" [] ["vm/change_state"],
        VappRebootGuest = "vappRebootGuest" listed "Rebooting" "Rebooted" [] ["vm/change_state"],
        VappPowerOff = "vappPowerOff" listed "Powering off" "Powered off" [] ["vm/change_state"],
        VappShutdownGuest = "vappShutdownGuest" listed "Shutting down" "Shut down" [] ["vm/change_state"],
        VappSuspend = "vappSuspend" listed "Suspending" "Suspended" [] ["vm/change_state"],
        // No source has the name of this one; it is ours.
        VappDiscardSuspendedState = "vappDiscardSuspendedState" later "Discarding suspended state of" "Discarded suspended state of" [] ["vm/change_state"],
    }
    "Virtual machine" {
        VappUpdateVm = "vappUpdateVm" listed "Updating" "Updated" ["vm/modify_request"] ["vm/modify"],
        TemplateUpdateVm = "templateUpdateVm" listed "Updating" "Updated" ["vm/modify_request"] ["vm/modify"],
        VappUpgradeHwVersion = "vappUpgradeHwVersion" listed "Upgrading hardware version of" "Upgraded hardware version of" ["vm/modify_request"] ["vm/modify"],
        VappAttachDisk = "vappAttachDisk" listed "Attaching Disk to" "Attached Disk to" [] ["disk/attach", "vm/modify"],
        VappDetachDisk = "vappDetachDisk" listed "Detaching Disk from" "Detached Disk from" [] ["disk/detach", "vm/modify"],
        VappInsertCdFloppy = "vappInsertCdFloppy" later "Inserting Media" "Inserted Media" [] ["vm/modify"],
        VappEjectCdFloppy = "vappEjectCdFloppy" later "Ejecting Media" "Ejected Media" [] ["vm/modify"],
        VappCheckVmCompliance = "vappCheckVmCompliance" listed "Checking compliance of" "Checked compliance of" [] [],
        VappCreateSnapshot = "vappCreateSnapshot" listed "Creating Snapshot" "Created Snapshot" ["vm/modify_request"] ["vm/modify"],
        VappRevertToCurrentSnapshot = "vappRevertToCurrentSnapshot" listed "Reverting to Snapshot" "Reverted to Snapshot" ["vm/modify_request"] ["vm/modify"],
        VappRemoveAllSnapshots = "vappRemoveAllSnapshots" listed "Removing Snapshot" "Removed Snapshot" ["vm/modify_request"] ["vm/modify"],
        VappMigrateVms = "vappMigrateVms" listed "Migrating" "Migrated" ["vm/migrate_request"] ["vm/migrate"],
        // No source tells the names of these two; theirs follow the request's and the nearest operations'.
        VappConsolidateVm = "vappConsolidateVm" later "Consolidating" "Consolidated" ["vm/consolidate_request"] ["vm/consolidate"],
        VappRelocateVm = "vappRelocateVm" later "Relocating" "Relocated" ["vm/relocate_request"] ["vm/relocate"],
        // The first is inferred from a log of a real server; the others follow it.
        AffinityRuleCreate = "affinityRuleCreate" later "Creating" "Created" [] [],
        AffinityRuleUpdate = "affinityRuleUpdate" later "Updating" "Updated" [] [],
        AffinityRuleDelete = "affinityRuleDelete" later "Deleting" "Deleted" [] [],
    }
    "vApp template" {
        ImportSingletonTemplate = "importSingletonTemplate" listed "Importing" "Imported" ["vappTemplate/import_request"] ["vappTemplate/import"],
        VdcUploadOvfContents = "vdcUploadOvfContents" listed "Finalizing upload of" "Finalized upload of" ["vappTemplate/create_request"] ["vappTemplate/create"],
        VdcEnableDownload = "vdcEnableDownload" listed "Enabling download of" "Enabled download of" ["vappTemplate/modify_request", "media/modify_request", "vapp/modify_request"] ["vappTemplate/modify", "media/modify", "vapp/modify"],
        VdcCopyTemplate = "vdcCopyTemplate" listed "Copying" "Copied" ["vappTemplate/create_request"] ["vappTemplate/create"],
        VdcDeleteTemplate = "vdcDeleteTemplate" listed "Deleting" "Deleted" ["vappTemplate/delete_request"] ["vappTemplate/delete"],
        VdcUpdateTemplate = "vdcUpdateTemplate" listed "Updating" "Updated" ["vappTemplate/modify_request"] ["vappTemplate/modify"],
    }
    "Media" {
        ImportMedia = "importMedia" listed "Importing" "Imported" ["media/import_request"] ["media/import"],
        VdcUploadMedia = "vdcUploadMedia" listed "Finalizing upload of" "Finalized upload of" ["media/create_request"] ["media/create"],
        VdcCopyMedia = "vdcCopyMedia" listed "Copying" "Copied" ["media/create_request"] ["media/create"],
        VdcDeleteMedia = "vdcDeleteMedia" listed "Deleting" "Deleted" ["media/delete_request"] ["media/delete"],
        VdcUpdateMedia = "vdcUpdateMedia" listed "Updating" "Updated" ["media/modify_request"] ["media/modify"],
    }
    "Independent disk" {
        VdcCreateDisk = "vdcCreateDisk" listed "Creating" "Created" ["disk/create_request"] ["disk/create"],
        VdcDeleteDisk = "vdcDeleteDisk" listed "Deleting" "Deleted" ["disk/delete_request"] ["disk/delete"],
        VdcUpdateDisk = "vdcUpdateDisk" listed "Updating" "Updated" [] ["disk/modify"],
    }
    "Catalog" {
        CatalogCreateCatalog = "catalogCreateCatalog" later "Creating" "Created" [] ["catalog/create"],
        CatalogItemEnableDownload = "catalogItemEnableDownload" listed "Enabling download of" "Enabled download of" [] ["catalogItem/modify"],
        CatalogSync = "catalogSync" listed "Synchronizing" "Synchronized" [] ["catalog/modify"],
        CatalogSyncAll = "catalogSyncAll" listed "Synchronizing" "Synchronized" [] ["catalog/modify"],
        // go-vcloud-director looks for tasks of this name.
        SyncCatalogItem = "syncCatalogItem" later "Synchronizing" "Synchronized" [] ["catalogItem/modify"],
        CatalogDelete = "catalogDelete" listed "Deleting" "Deleted" [] ["catalog/delete"],
        CatalogDeleteBacking = "catalogDeleteBacking" listed "Deleting" "Deleted" [] ["catalogItem/delete"],
    }
    "Organization VDC" {
        VdcCreateVdc = "vdcCreateVdc" listed "Creating" "Created" ["vdc/create_request"] ["vdc/create"],
        VdcDeleteVdc = "vdcDeleteVdc" listed "Deleting" "Deleted" ["vdc/delete_request"] ["vdc/delete"],
        VdcUpdateVdc = "vdcUpdateVdc" listed "Updating" "Updated" [] ["vdc/modify"],
        VdcUpdateStorageProfiles = "vdcUpdateStorageProfiles" listed "Updating" "Updated" [] ["vdc/modify"],
    }
    "Provider VDC" {
        RclCreateProviderVdc = "rclCreateProviderVdc" listed "Creating" "Created" ["providerVdc/create_request"] ["providerVdc/create"],
        RclDeleteProviderVdc = "rclDeleteProviderVdc" listed "Deleting" "Deleted" ["providerVdc/delete_request"] ["providerVdc/delete"],
        RclMergePvdc = "rclMergePvdc" listed "Merging" "Merged" ["providerVdc/merge_request"] ["providerVdc/merge", "providerVdc/mergeWith"],
        RclEnableVxlanForProviderVdc = "rclEnableVxlanForProviderVdc" listed "Enabling VXLAN of" "Enabled VXLAN of" [] ["providerVdc/modify"],
    }
    "Network" {
        NetworkCreateExternalNetwork = "networkCreateExternalNetwork" listed "Creating" "Created" [] ["network/create"],
        NetworkCreateNetworkPool = "networkCreateNetworkPool" listed "Creating" "Created" [] ["network/create"],
        NetworkCreateFencePoolTypeNetworkPool = "networkCreateFencePoolTypeNetworkPool" listed "Creating" "Created" [] ["network/create"],
        NetworkDeleteNetworkPool = "networkDeleteNetworkPool" listed "Deleting" "Deleted" [] ["network/delete"],
        NetworkUpdateNetworkPool = "networkUpdateNetworkPool" listed "Updating" "Updated" [] ["network/modify"],
        NetworkUpdateVlanPool = "networkUpdateVlanPool" listed "Updating" "Updated" [] ["network/modify"],
        NetworkRepairNetworkPool = "networkRepairNetworkPool" listed "Repairing" "Repaired" [] ["network/modify"],
        NetworkMergeNetworkPools = "networkMergeNetworkPools" listed "Merging" "Merged" [] ["network/modify"],
        // Recorded tasks have this one; no list of those that block does.
        NetworkCreateOrgVdcNetwork = "networkCreateOrgVdcNetwork" later "Creating" "Created" [] ["network/create"],
        NetworkUpdateNetwork = "networkUpdateNetwork" listed "Updating" "Updated" [] ["network/modify"],
        // No source has the name of this one; it is ours.
        NetworkReset = "networkReset" later "Resetting" "Reset" [] ["network/modify"],
        NetworkDelete = "networkDelete" listed "Deleting" "Deleted" [] ["network/delete"],
    }
    "Edge gateway" {
        // The 65 have none for edge gateways. These are of recorded tasks, of what clients look for and of the reference's examples; the names
        // for changing one and for telling it the log servers are ours.
        NetworkEdgeGatewayCreate = "networkEdgeGatewayCreate" later "Creating" "Created" [] ["gateway/create"],
        NetworkEdgeGatewayUpdate = "networkEdgeGatewayUpdate" later "Updating" "Updated" [] ["gateway/modify"],
        NetworkConfigureEdgeGatewayServices = "networkConfigureEdgeGatewayServices" later "Updating services" "Updated services" [] ["gateway/modify"],
        NetworkEdgeGatewayRedeploy = "networkEdgeGatewayRedeploy" later "Redeploying" "Redeployed" [] ["gateway/modify"],
        NetworkEdgeGatewayUpgradeConfiguration = "networkEdgeGatewayUpgradeConfiguration" later "Upgrading configuration" "Upgraded configuration" [] ["gateway/upgrade"],
        NetworkEdgeGatewaySyncSyslog = "networkEdgeGatewaySyncSyslog" later "Synchronizing syslog" "Synchronized syslog" [] ["gateway/modify"],
        NetworkEdgeGatewayDelete = "networkEdgeGatewayDelete" later "Deleting" "Deleted" [] ["gateway/delete"],
    }
    "Metadata" {
        MetadataUpdate = "metadataUpdate" later "Updating metadata for" "Updated metadata for" [] [],
    }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventType;

    #[test]
    fn sixty_five_are_listed() {
        assert_eq!(Operation::ALL.iter().filter(|operation| operation.info().listed).count(), 65);
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
