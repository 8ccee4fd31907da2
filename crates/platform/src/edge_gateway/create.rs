//! Making edge gateways. Invariant: a gateway has its addresses from the moment that it is asked for.

use super::uplink::{self, UplinkRequest};
use super::{check_room, check_services, check_size, check_syslog};
use crate::access::admit_in;
use crate::vapp::check_name;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Status};
use vcdsim_model::family::edge_gateway::services::{Services, ServicesChange};
use vcdsim_model::family::edge_gateway::{CREATE, EdgeGateway};
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::operation::Operation as Name;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `networkEdgeGatewayCreate`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateEdgeGateway {
    /// The VDC it is to lie in.
    pub vdc: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// How large its machine is to be.
    pub size: String,
    /// Whether a second machine is to stand by.
    pub ha: bool,
    /// Whether it answers names by what its default route leads to.
    pub dns_relay: bool,
    /// Whether it is to have the advanced services.
    pub advanced: bool,
    /// Whether networks may have a distributed interface on it.
    pub distributed: bool,
    /// Whether it is to keep to FIPS.
    pub fips: bool,
    /// The external networks that it is to lead to.
    pub uplinks: Vec<UplinkRequest>,
    /// Its services, where they are not the usual ones.
    pub services: ServicesChange,
    /// The log servers of its organization.
    pub syslog: Vec<String>,
}

impl CreateEdgeGateway {
    fn check(&self) -> Result<(), Fault> {
        check_name(&self.name)?;
        check_size(&self.size)?;
        check_syslog(&self.syslog)?;
        check_room(&self.name, self.uplinks.len(), 0)?;
        if self.distributed && !self.advanced {
            return Err(Fault::bad_request(format!(
                "The edge gateway \"{}\" must be an advanced one to have distributed routing.",
                self.name
            )));
        }
        Ok(())
    }

    async fn body(&self, cx: &Prepare<'_, '_>) -> Result<EdgeGateway, Fault> {
        let uplinks = uplink::resolve(&cx.tx.read(), None, &[], &self.uplinks).await?;
        let services = Services::default().changed(&self.services);
        check_services(&self.name, &services, &uplinks, &[])?;
        Ok(EdgeGateway {
            size: self.size.clone(),
            ha: self.ha,
            dns_relay: self.dns_relay,
            advanced: self.advanced,
            distributed: self.distributed,
            fips: self.fips,
            uplinks,
            services,
            syslog: self.syslog.clone(),
        })
    }
}

impl Operation for CreateEdgeGateway {
    const NAMES: &'static [Name] = &[Name::NetworkEdgeGatewayCreate];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in::<Vdc>(cx, &CREATE, self.vdc).await?;
        if cx.tx.read().get::<ProviderVdc>(vdc.body().provider_vdc).await?.body().nsxt {
            let message = format!("The VDC \"{}\" has NSX-T, whose edge gateways are made with the OpenAPI.", vdc.head().name);
            return Err(Fault::bad_request(message));
        }
        self.check()?;
        let body = self.body(cx).await?;
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
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.update(cx.task.owner, |gateway| gateway.head.status = Status::Resolved).await.map(drop)
    }
}
