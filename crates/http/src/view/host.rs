//! `Host` documents. Invariant: memory is counted in MB, CPU in MHz over all processors.

use crate::view::ViewCx;
use vcdsim_model::Fault;
use vcdsim_model::family::host::Host;
use vcdsim_model::kind::View;
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vmext;

/// The document of a host. The machines here use no memory: nothing runs.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Result<vmext::Host, Fault> {
    let head = &graph.entity.head;
    let body: &Host = graph.entity.body().ok_or_else(Fault::internal)?;
    Ok(vmext::Host {
        href: Some(cx.base.href(graph.entity.urn(), View::Extension)),
        r#type: Some(media::HOST.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        ready: true,
        available: true,
        enabled: true,
        busy: head.busy.is_some(),
        enable_host_for_host_spanning: true,
        num_of_cpus_packages: body.cpus,
        num_of_cpus_logical: body.cpus,
        cpu_total: i64::from(body.cpus) * body.cpu_mhz,
        mem_used: 0.0,
        mem_total: body.memory_mb as f64,
        vm_mo_ref: body.moref.clone(),
        ..vmext::Host::default()
    })
}
