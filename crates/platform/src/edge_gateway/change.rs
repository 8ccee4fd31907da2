//! Changing and deleting edge gateways. Invariant: what a change makes of a gateway is computed anew when it is done, since addresses and
//! networks may have gone to others while its task waited.

use super::uplink::{self, UplinkRequest};
use super::{check_apart, check_room, check_services, check_size, check_syslog, networks, spared, subnets};
use crate::access::admit_in;
use crate::name::check_new_name;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Head, Res};
use vcdsim_model::family::edge_gateway::services::ServicesChange;
use vcdsim_model::family::edge_gateway::{self as model, DELETE, EdgeGateway, SIZES, Uplink};
use vcdsim_model::family::network::Network;
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::Reader;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A change of an edge gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeEdgeGateway {
    /// Which.
    pub id: Uuid,
    /// What is to be different.
    pub change: GatewayChange,
}

/// What is to be different about an edge gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum GatewayChange {
    /// Its properties, and its services where these are named.
    All(Box<Properties>),
    /// Its properties alone.
    Properties(Box<Properties>),
    /// Its services.
    Services(Box<ServicesChange>),
    /// Nothing; its machine is told its services once more.
    Reapply,
    /// Its size.
    Resize(String),
    /// From compact to full.
    Upgrade,
    /// It has the advanced services.
    Convert,
    /// Whether networks may have distributed interfaces on it.
    Distribute(bool),
    /// The log servers of its organization.
    Syslog(Vec<String>),
    /// Nothing; its machine is told the log servers once more.
    SyncSyslog,
    /// Nothing; its machine is deployed anew.
    Redeploy,
}

/// What an edge gateway is to be; `None` leaves things as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Properties {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// How large its machine is.
    pub size: Option<String>,
    /// Whether a second machine stands by.
    pub ha: Option<bool>,
    /// Whether it answers names by what its default route leads to.
    pub dns_relay: Option<bool>,
    /// Whether it has the advanced services: this has an action of its own.
    pub advanced: Option<bool>,
    /// Whether it has distributed routing: so has this.
    pub distributed: Option<bool>,
    /// Whether it keeps to FIPS.
    pub fips: Option<bool>,
    /// The external networks that it leads to.
    pub uplinks: Option<Vec<UplinkRequest>>,
    /// The log servers of its organization.
    pub syslog: Option<Vec<String>>,
    /// Its services.
    pub services: ServicesChange,
}

impl Properties {
    async fn apply(&self, reader: &Reader<'_>, gateway: &Res<EdgeGateway>, body: &mut EdgeGateway) -> Result<(), Fault> {
        check_new_name(reader, gateway.head(), &self.name).await?;
        let flags = [
            ("AdvancedNetworkingEnabled", self.advanced, body.advanced),
            ("DistributedRoutingEnabled", self.distributed, body.distributed),
        ];
        if let Some((element, ..)) = flags.into_iter().find(|(_, asked, is)| asked.is_some_and(|asked| asked != *is)) {
            return Err(Fault::bad_request(format!("{element} of an edge gateway is changed by an action of its own.")));
        }
        body.size = self.size.clone().unwrap_or_else(|| body.size.clone());
        body.ha = self.ha.unwrap_or(body.ha);
        body.dns_relay = self.dns_relay.unwrap_or(body.dns_relay);
        body.fips = self.fips.unwrap_or(body.fips);
        body.syslog = self.syslog.clone().unwrap_or_else(|| body.syslog.clone());
        if let Some(asked) = &self.uplinks {
            body.uplinks = uplink::resolve(reader, Some(gateway.head().id), &gateway.body().uplinks, asked).await?;
        }
        Ok(())
    }
}

impl ChangeEdgeGateway {
    const fn action(&self) -> &'static Action {
        match self.change {
            GatewayChange::All(_) => &model::UPDATE,
            GatewayChange::Properties(_) => &model::UPDATE_PROPERTIES,
            GatewayChange::Services(_) => &model::CONFIGURE,
            GatewayChange::Reapply => &model::REAPPLY,
            GatewayChange::Resize(_) => &model::RESIZE,
            GatewayChange::Upgrade => &model::UPGRADE,
            GatewayChange::Convert => &model::CONVERT,
            GatewayChange::Distribute(true) => &model::DISTRIBUTE,
            GatewayChange::Distribute(false) => &model::CENTRALIZE,
            GatewayChange::Syslog(_) => &model::CONFIGURE_SYSLOG,
            GatewayChange::SyncSyslog => &model::SYNC_SYSLOG,
            GatewayChange::Redeploy => &model::REDEPLOY,
        }
    }

    /// What the gateway is to be.
    async fn changed(&self, reader: &Reader<'_>, gateway: &Res<EdgeGateway>) -> Result<EdgeGateway, Fault> {
        let mut body = gateway.body().clone();
        let behind = networks(reader, gateway.head()).await?;
        spared(self.action(), gateway.head(), &behind)?;
        match &self.change {
            GatewayChange::All(all) => {
                all.apply(reader, gateway, &mut body).await?;
                body.services = body.services.changed(&all.services);
            }
            GatewayChange::Properties(properties) => properties.apply(reader, gateway, &mut body).await?,
            GatewayChange::Services(services) => body.services = body.services.changed(services),
            GatewayChange::Resize(size) => body.size.clone_from(size),
            GatewayChange::Upgrade => body.size = SIZES[1].to_owned(),
            GatewayChange::Convert => body.advanced = true,
            GatewayChange::Distribute(on) => body.distributed = *on,
            GatewayChange::Syslog(servers) => body.syslog.clone_from(servers),
            GatewayChange::Reapply | GatewayChange::SyncSyslog | GatewayChange::Redeploy => return Ok(body),
        }
        check_size(&body.size)?;
        check_syslog(&body.syslog)?;
        check_room(&gateway.head().name, body.uplinks.len(), behind.len())?;
        if body.uplinks != gateway.body().uplinks {
            outside(&gateway.head().name, &body.uplinks, &behind)?;
        }
        check_services(&gateway.head().name, &body.services, &body.uplinks, &behind)?;
        Ok(body)
    }

    /// Name and description, when these are to be different.
    fn head(&self) -> Option<&Properties> {
        match &self.change {
            GatewayChange::All(properties) | GatewayChange::Properties(properties) => Some(properties),
            _ => None,
        }
    }
}

/// Refuses connections to external networks that have addresses in common with the networks behind the gateway.
fn outside(name: &str, uplinks: &[Uplink], behind: &[Res<Network>]) -> Result<(), Fault> {
    uplinks.iter().try_for_each(|uplink| check_apart(name, (&uplink.gateway, &uplink.netmask), subnets(behind.iter())))
}

impl Operation for ChangeEdgeGateway {
    const NAMES: &'static [Name] = &[
        Name::NetworkEdgeGatewayUpdate,
        Name::NetworkConfigureEdgeGatewayServices,
        Name::NetworkEdgeGatewayRedeploy,
        Name::NetworkEdgeGatewayUpgradeConfiguration,
        Name::NetworkEdgeGatewaySyncSyslog,
    ];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> Name {
        match self.change {
            GatewayChange::Services(_) | GatewayChange::Reapply => Name::NetworkConfigureEdgeGatewayServices,
            GatewayChange::Redeploy => Name::NetworkEdgeGatewayRedeploy,
            GatewayChange::Upgrade | GatewayChange::Resize(_) => Name::NetworkEdgeGatewayUpgradeConfiguration,
            GatewayChange::SyncSyslog => Name::NetworkEdgeGatewaySyncSyslog,
            _ => Name::NetworkEdgeGatewayUpdate,
        }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let gateway = admit_in::<EdgeGateway>(cx, self.action(), self.id).await?;
        self.changed(&cx.tx.read(), &gateway).await?;
        cx.lock(gateway.urn()).await?;
        Ok(Subject::of(gateway.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let gateway = cx.tx.read().get::<EdgeGateway>(self.id).await?;
        let changed = self.changed(&cx.tx.read(), &gateway).await?;
        let change = |head: &mut Head, body: &mut EdgeGateway| {
            if let Some(properties) = self.head() {
                head.name.clone_from(&properties.name);
                head.description = properties.description.clone().or(head.description.take());
            }
            *body = changed;
        };
        cx.tx.update_body::<EdgeGateway>(self.id, change).await.map(drop)
    }
}

/// `networkEdgeGatewayDelete`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteEdgeGateway {
    /// Which.
    pub id: Uuid,
}

impl Operation for DeleteEdgeGateway {
    const NAMES: &'static [Name] = &[Name::NetworkEdgeGatewayDelete];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let gateway = admit_in::<EdgeGateway>(cx, &DELETE, self.id).await?;
        let behind = networks(&cx.tx.read(), gateway.head()).await?;
        spared(&DELETE, gateway.head(), &behind)?;
        cx.lock(gateway.urn()).await?;
        Ok(Subject::of(gateway.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let gateway = cx.tx.read().get::<EdgeGateway>(self.id).await?;
        cx.tx.delete(gateway.urn()).await
    }
}
