//! Making networks of organization VDCs. Invariant: a network has addresses of its own, or those of the external network that it leads to; one
//! behind an edge gateway holds it until it is made.

use super::{apart, connectable, lock_gateway};
use crate::access::admit_in;
use crate::edge_gateway;
use crate::quota;
use crate::vapp::{check_name, named};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Res, Status};
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::network::{CREATE, Dhcp, Interface, InterfaceChange, Network, checked};
use vcdsim_model::family::vapp::IpScope;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `networkCreateOrgVdcNetwork`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateNetwork {
    /// The VDC it is to lie in.
    pub vdc: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// `isolated`, `bridged` or `natRouted`.
    pub fence_mode: String,
    /// The external network that a bridged one leads to.
    pub parent: Option<Urn>,
    /// The edge gateway that a routed one lies behind.
    pub gateway: Option<Urn>,
    /// How it is connected to that.
    #[serde(default)]
    pub interface: InterfaceChange,
    /// The addresses of an isolated or routed one.
    pub scope: Option<IpScope>,
    /// Its DHCP service.
    pub dhcp: Option<Dhcp>,
    /// Whether the organization's other VDCs use it too.
    pub shared: bool,
}

impl CreateNetwork {
    async fn body(&self, cx: &Prepare<'_, '_>, vdc: &Res<Vdc>) -> Result<Network, Fault> {
        let wrong = |what: String| Err(Fault::bad_request(format!("The network \"{}\" {what}.", self.name)));
        let (fence_mode, shared) = (self.fence_mode.clone(), self.shared);
        match (self.fence_mode.as_str(), &self.scope, self.parent) {
            ("isolated" | "bridged", ..) if self.gateway.is_some() => wrong(format!("is {fence_mode} and cannot have an EdgeGateway")),
            ("isolated" | "natRouted", ..) if vdc.body().network_pool.is_none() => {
                wrong(format!("cannot be made: the VDC \"{}\" has no network pool", vdc.head().name))
            }
            ("isolated", Some(scope), _) => {
                let scope = checked(scope.clone())?;
                self.dhcp.as_ref().map(|dhcp| dhcp.check(&scope)).transpose()?;
                Ok(Network { dhcp: self.dhcp.clone(), ..Network::of(fence_mode, scope, shared) })
            }
            ("natRouted", Some(scope), _) => {
                if self.dhcp.as_ref().is_some_and(|dhcp| dhcp.enabled) {
                    return wrong("is natRouted and cannot have a DhcpService: its edge gateway lends addresses".to_owned());
                }
                let gateway = gateway(cx, vdc, self.gateway).await?;
                let scope = checked(scope.clone())?;
                apart(&cx.tx.read(), &gateway, None, &scope).await?;
                let interface = Interface::default().changed(self.interface, gateway.body().distributed)?;
                Ok(Network { gateway: Some(gateway.head().id), interface, ..Network::of(fence_mode, scope, shared) })
            }
            ("isolated" | "natRouted", None, _) => wrong(format!("is {fence_mode} and has no IpScope")),
            ("bridged", _, Some(parent)) => {
                if self.dhcp.as_ref().is_some_and(|dhcp| dhcp.enabled) {
                    return wrong("is bridged and cannot have a DhcpService: the external network gives its addresses".to_owned());
                }
                let external = external(cx, parent).await?;
                let scope = IpScope { inherited: true, ..external.body().scope.clone() };
                Ok(Network { external: Some(external.head().id), ..Network::of(fence_mode, scope, shared) })
            }
            ("bridged", _, None) => wrong("is bridged and has no ParentNetwork".to_owned()),
            (other, ..) => wrong(format!("has the FenceMode \"{}\"; it must be isolated, bridged or natRouted", excerpt(other))),
        }
    }
}

/// The external network that a request names; its href may be that of a network.
async fn external(cx: &Prepare<'_, '_>, parent: Urn) -> Result<Res<ExternalNetwork>, Fault> {
    let urn = if parent.kind == Kind::Network { Urn::new(Kind::ExternalNetwork, parent.id) } else { parent };
    let found = named(cx, "ParentNetwork", urn).await?;
    Res::new(found).ok_or_else(|| Fault::invalid_reference("ParentNetwork", &parent.to_string()))
}

/// The edge gateway that a request names, which lies in the same VDC and has room.
async fn gateway(cx: &Prepare<'_, '_>, vdc: &Res<Vdc>, asked: Option<Urn>) -> Result<Res<EdgeGateway>, Fault> {
    let urn = asked.ok_or_else(|| Fault::bad_request("A network with the FenceMode natRouted must have an EdgeGateway."))?;
    let stray = || Fault::invalid_reference("EdgeGateway", &urn.to_string());
    let found = Res::<EdgeGateway>::new(named(cx, "EdgeGateway", urn).await?).ok_or_else(stray)?;
    let (head, uplinks) = (found.head(), found.body().uplinks.len());
    if head.parent != Some(vdc.head().id) {
        return Err(Fault::bad_request(format!("The edge gateway \"{}\" does not lie in the VDC \"{}\".", head.name, vdc.head().name)));
    }
    connectable(found.entity())?;
    edge_gateway::check_room(&head.name, uplinks, edge_gateway::networks(&cx.tx.read(), head).await?.len() + 1)?;
    Ok(found)
}

impl Operation for CreateNetwork {
    const NAMES: &'static [Name] = &[Name::NetworkCreateOrgVdcNetwork];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in::<Vdc>(cx, &CREATE, self.vdc).await?;
        check_name(&self.name)?;
        let body = self.body(cx, &vdc).await?;
        lock_gateway(cx, &body).await?;
        let made = cx
            .create(Draft {
                id: cx.tx.id(),
                name: self.name.clone(),
                description: self.description.clone(),
                org: vdc.head().org,
                parent: Some(self.vdc),
                owner: None,
                status: Status::Unresolved,
                body,
            })
            .await?;
        quota::networks_fit(&cx.tx.read(), &vdc).await?;
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.update(cx.task.owner, |network| network.head.status = Status::Resolved).await.map(drop)
    }
}
