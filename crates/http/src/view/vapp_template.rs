//! Documents of vApp templates and of their machines; both are of the schema's `VAppTemplateType`. Invariant: hrefs and types tell them apart.

pub(crate) mod envelope;

use crate::view::section::{self, At};
use crate::view::vm::{hardware, vim_info};
use crate::view::{ViewCx, files, product, task};
use vcdsim_model::clock::format_time;
use vcdsim_model::entity::Status;
use vcdsim_model::family::vapp::NetworkConfig;
use vcdsim_model::family::vapp_template::{UPDATE_CUSTOMIZATION, UPDATE_LEASES, VAppTemplate};
use vcdsim_model::family::vm::{NO_NETWORK, TemplateVm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovf, vcloud};

/// The document of a template.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::VAppTemplate {
    let head = &graph.entity.head;
    let Some(body) = graph.entity.body::<VAppTemplate>() else { return common(cx, graph, media::VAPP_TEMPLATE) };
    let mut link = cx.links(graph);
    link.extend(files::descriptor(cx, &graph.entity));
    let base = vcloud::VAppTemplate {
        link,
        ovf_descriptor_uploaded: Some(body.is_described()),
        files: files::listed(cx, graph),
        gold_master: Some(body.gold_master),
        owner: section::owner(cx, head.owner, &graph.related),
        default_storage_profile: body.storage_profile.map(|id| profile_name(graph, id)),
        lease_settings_section: Some(leases(cx, graph, body)),
        customization_section: Some(customization(cx, graph, body)),
        ..common(cx, graph, media::VAPP_TEMPLATE)
    };
    match head.status {
        Status::FailedCreation => return base,
        // Recorded: a template on its way has no machines yet, and says so.
        Status::Unresolved => return vcloud::VAppTemplate { children: Some(vcloud::VAppTemplateChildren::default()), ..base },
        _ => {}
    }
    vcloud::VAppTemplate {
        children: Some(vcloud::VAppTemplateChildren { vm: graph.children_of(Kind::TemplateVm).map(|child| machine(cx, child)).collect() }),
        network_section: Some(networks(cx, graph, body)),
        network_config_section: Some(network_configs(cx, graph, body)),
        product_section: product::sections(graph),
        eula_section: body.eulas.iter().map(|text| eula(text)).collect(),
        ..base
    }
}

/// The document of a template's machine.
pub(crate) fn machine(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::VAppTemplate {
    let id = graph.entity.head.id;
    let base =
        vcloud::VAppTemplate { gold_master: Some(false), vapp_scoped_local_id: Some(id.to_string()), ..common(cx, graph, media::VM) };
    let Some(body) = graph.entity.body::<TemplateVm>() else { return base };
    let href = cx.base.href(graph.entity.urn(), View::User);
    let (at, profile) = (At(&href), profile_of(cx, graph));
    let place = hardware::Place { at, name: &graph.entity.head.name, profile: profile.as_ref(), independent: &[], edited: None };
    vcloud::VAppTemplate {
        vcloud_extension: vim_info(cx, &graph.related, &body.moref),
        virtual_hardware_section: Some(hardware::section(place, &body.hardware)),
        operating_system_section: Some(section::operating_system(at, &body.hardware)),
        network_connection_section: Some(section::connections(at, &body.hardware.nics)),
        guest_customization_section: Some(section::guest(at, id, &body.guest)),
        product_section: product::sections(graph),
        default_storage_profile: body.storage_profile.map(|id| profile_name(graph, id)),
        ..base
    }
}

fn common(cx: &ViewCx<'_>, graph: &Graph, media: &str) -> vcloud::VAppTemplate {
    let head = &graph.entity.head;
    vcloud::VAppTemplate {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        link: cx.links(graph),
        description: Some(head.description.clone().unwrap_or_default()),
        tasks: task::in_progress(cx, &graph.tasks),
        date_created: Some(format_time(head.created)),
        ..vcloud::VAppTemplate::default()
    }
}

fn profile_name(graph: &Graph, id: uuid::Uuid) -> String {
    graph.related.name(Urn::new(Kind::VdcStorageProfile, id)).to_owned()
}

/// The storage profile of a template's machine.
pub(crate) fn profile_of(cx: &ViewCx<'_>, graph: &Graph) -> Option<vcloud::Reference> {
    let urn = Urn::new(Kind::VdcStorageProfile, graph.entity.body::<TemplateVm>()?.storage_profile?);
    Some(cx.reference(urn, View::User, graph.related.name(urn)))
}

/// `ovf:NetworkSection`
pub(crate) fn networks(cx: &ViewCx<'_>, graph: &Graph, body: &VAppTemplate) -> ovf::NetworkSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    section::networks(At(&href), body.networks.iter().map(|network| (network.name.as_str(), Some(network.description.as_str()))))
}

/// `NetworkConfigSection`: a template knows its networks by name only; each is isolated until a vApp says otherwise.
pub(crate) fn network_configs(cx: &ViewCx<'_>, graph: &Graph, body: &VAppTemplate) -> vcloud::NetworkConfigSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    let isolated = |name: &str, description: &str| {
        let none = section::no_network();
        let scope = if name == NO_NETWORK { none.scope.clone() } else { vcdsim_platform::vapp::own_scope() };
        NetworkConfig { name: name.to_owned(), description: Some(description.to_owned()), scope, ..none }
    };
    let configs = body.networks.iter().map(|network| section::network_config(&isolated(&network.name, &network.description), None, false));
    section::network_configs(At(&href), configs.collect())
}

/// `ovf:EulaSection`
fn eula(text: &str) -> ovf::EulaSection {
    ovf::EulaSection { info: "End-user licence agreement".to_owned(), license: text.to_owned(), ..ovf::EulaSection::default() }
}

/// `LeaseSettingsSection`
pub(crate) fn leases(cx: &ViewCx<'_>, graph: &Graph, body: &VAppTemplate) -> vcloud::LeaseSettingsSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    let link = cx.section_link(&UPDATE_LEASES, graph).into_iter().collect();
    vcloud::LeaseSettingsSection { link, ..section::leases(At(&href), &graph.entity, None, body.storage_lease_seconds) }
}

/// `CustomizationSection`
pub(crate) fn customization(cx: &ViewCx<'_>, graph: &Graph, body: &VAppTemplate) -> vcloud::CustomizationSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    vcloud::CustomizationSection {
        required: Some(false),
        gold_master: Some(body.gold_master),
        href: At(&href).href("customizationSection"),
        r#type: Some(media::CUSTOMIZATION_SECTION.to_owned()),
        info: "Preparation of the template's machines".to_owned(),
        customize_on_instantiate: body.customizable,
        link: cx.section_link(&UPDATE_CUSTOMIZATION, graph).into_iter().collect(),
    }
}
