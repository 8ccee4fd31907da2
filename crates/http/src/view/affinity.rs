//! Documents of affinity rules. Invariant: a rule's id is bare, without the words of a URN, as clients keep it.

use crate::view::ViewCx;
use crate::view::links::link;
use vcdsim_model::family::affinity::{AffinityRule, CREATE, LIST};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{VmAffinityRule, VmAffinityRules, Vms};

/// A rule.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> VmAffinityRule {
    let (head, body) = (&graph.entity.head, graph.entity.body::<AffinityRule>());
    let machines = body.iter().flat_map(|rule| &rule.machines).map(|id| Urn::new(Kind::Vm, *id));
    VmAffinityRule {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::VM_AFFINITY_RULE.to_owned()),
        id: Some(head.id.to_string()),
        link: cx.links(graph),
        name: Some(head.name.clone()),
        is_enabled: body.map(|rule| rule.enabled),
        is_mandatory: body.map(|rule| rule.mandatory),
        polarity: body.map(|rule| rule.polarity.name().to_owned()),
        scope: Some("Host".to_owned()),
        vm_references: Some(Vms { vm_reference: machines.filter_map(|urn| cx.named(graph, urn, View::User)).collect(), ..Vms::default() }),
        ..VmAffinityRule::default()
    }
}

/// The rules of a VDC.
pub(crate) fn list(cx: &ViewCx<'_>, vdc: &Graph, rules: &[Graph]) -> VmAffinityRules {
    let href = format!("{}{}/", cx.base.href(vdc.entity.urn(), View::User), LIST.path);
    let up = link("up", Some(media::VDC), cx.base.href(vdc.entity.urn(), View::User));
    VmAffinityRules {
        href: Some(href),
        r#type: Some(media::VM_AFFINITY_RULES.to_owned()),
        link: std::iter::once(up).chain(cx.section_link(&CREATE, vdc)).collect(),
        vm_affinity_rule: rules.iter().map(|rule| document(cx, rule)).collect(),
    }
}
