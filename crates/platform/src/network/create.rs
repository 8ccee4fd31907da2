//! Making networks of organization VDCs. Invariant: a network has addresses of its own, or those of the external network that it leads to.

use crate::access::admit_in;
use crate::quota;
use crate::vapp::{check_name, named};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Res, Status};
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::network::{CREATE, Dhcp, Network, checked};
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
    /// `isolated` or `bridged`.
    pub fence_mode: String,
    /// The external network that a bridged one leads to.
    pub parent: Option<Urn>,
    /// The addresses of an isolated one.
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
            ("isolated", ..) if vdc.body().network_pool.is_none() => {
                wrong(format!("cannot be made: the VDC \"{}\" has no network pool", vdc.head().name))
            }
            ("isolated", Some(scope), _) => {
                let scope = checked(scope.clone())?;
                self.dhcp.as_ref().map(|dhcp| dhcp.check(&scope)).transpose()?;
                Ok(Network { dhcp: self.dhcp.clone(), ..Network::of(fence_mode, scope, shared) })
            }
            ("isolated", None, _) => wrong("is isolated and has no IpScope".to_owned()),
            ("bridged", _, Some(parent)) => {
                if self.dhcp.as_ref().is_some_and(|dhcp| dhcp.enabled) {
                    return wrong("is bridged and cannot have a DhcpService: the external network gives its addresses".to_owned());
                }
                let external = external(cx, parent).await?;
                let scope = IpScope { inherited: true, ..external.body().scope.clone() };
                Ok(Network { external: Some(external.head().id), ..Network::of(fence_mode, scope, shared) })
            }
            ("bridged", _, None) => wrong("is bridged and has no ParentNetwork".to_owned()),
            ("natRouted", ..) => Err(Fault::not_implemented("networks that are routed by an edge gateway")),
            (other, ..) => wrong(format!("has the FenceMode \"{}\"; it must be isolated or bridged", excerpt(other))),
        }
    }
}

/// The external network that a request names; its href may be that of a network.
async fn external(cx: &Prepare<'_, '_>, parent: Urn) -> Result<Res<ExternalNetwork>, Fault> {
    let urn = if parent.kind == Kind::Network { Urn::new(Kind::ExternalNetwork, parent.id) } else { parent };
    let found = named(cx, "ParentNetwork", urn).await?;
    Res::new(found).ok_or_else(|| Fault::invalid_reference("ParentNetwork", &parent.to_string()))
}

impl Operation for CreateNetwork {
    const NAMES: &'static [Name] = &[Name::NetworkCreateOrgVdcNetwork];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in::<Vdc>(cx, &CREATE, self.vdc).await?;
        check_name(&self.name)?;
        let body = self.body(cx, &vdc).await?;
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
