//! All operations of the platform, and what is done when leases end. Invariant: an operation runs exactly when it is listed here.

use vcdsim_task_engine::Registry;

/// The registry of a cloud.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register::<crate::vapp::CreateVApp>();
    registry.register::<crate::vapp::Recompose>();
    registry.register::<crate::vapp::Delete>();
    registry.register::<crate::vapp::UpdateVApp>();
    registry.register::<crate::vapp::UpdateNetworks>();
    registry.register::<crate::vm::Power>();
    registry.register::<crate::network::CreateNetwork>();
    registry.register::<crate::network::UpdateNetwork>();
    registry.register::<crate::network::ResetNetwork>();
    registry.register::<crate::network::DeleteNetwork>();
    registry.register::<crate::edge_gateway::CreateEdgeGateway>();
    registry.register::<crate::edge_gateway::ChangeEdgeGateway>();
    registry.register::<crate::edge_gateway::DeleteEdgeGateway>();
    registry.register::<crate::vm::Snapshots>();
    registry.register::<crate::vm::EditVm>();
    registry.register::<crate::vm::InsertMedia>();
    registry.register::<crate::vm::EjectMedia>();
    registry.register::<crate::vm::UpgradeHardware>();
    registry.register::<crate::vm::CheckCompliance>();
    registry.register::<crate::vim_server::ImportVmAsVApp>();
    registry.register::<crate::vim_server::ImportVmIntoVApp>();
    registry.register::<crate::vim_server::ImportVmAsVAppTemplate>();
    registry.register::<crate::catalog::CreateCatalog>();
    registry.register::<crate::catalog::DeleteCatalog>();
    registry.register::<crate::catalog::sync::SyncCatalog>();
    registry.register::<crate::catalog_item::DeleteEntry>();
    registry.register::<crate::catalog_item::UpdateEntry>();
    registry.register::<crate::catalog_item::CopyEntry>();
    registry.register::<crate::media::UploadMedia>();
    registry.register::<crate::disk::CreateDisk>();
    registry.register::<crate::disk::UpdateDisk>();
    registry.register::<crate::disk::DeleteDisk>();
    registry.register::<crate::disk::AttachDisk>();
    registry.register::<crate::disk::DetachDisk>();
    registry.register::<crate::affinity::CreateRule>();
    registry.register::<crate::affinity::UpdateRule>();
    registry.register::<crate::affinity::DeleteRule>();
    registry.register::<crate::vapp_template::UploadTemplate>();
    registry.register::<crate::vapp_template::CaptureVApp>();
    registry.register::<crate::vm::MaintainVm>();
    registry.register::<crate::vdc::UpdateVdc>();
    registry.register::<crate::transfer::EnableDownload>();
    registry.register::<crate::product::UpdateTemplateVm>();
    registry.register::<crate::metadata::UpdateMetadata>();
    registry.on_change(crate::consequence::of);
    registry.on_lease(|object, expiry| Box::pin(crate::lease::ended(object, expiry)));
    registry
}
