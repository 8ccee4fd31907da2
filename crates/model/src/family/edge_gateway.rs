//! Edge gateways: routers between the networks of an organization VDC and external networks. Invariant: an address on an external network is
//! one gateway's alone, be it the gateway's own or one of a range that was sub-allocated to it.

pub mod services;

use self::services::Services;
use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::Entity;
use crate::family::vapp::{IpScope, within};
use crate::family::vdc::takes_objects;
use crate::fault::{Fault, excerpt};
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::power;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use uuid::Uuid;

/// How many networks one can be connected to.
pub const INTERFACES: usize = 10;

/// An edge gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeGateway {
    /// How large its machine is: one of [`SIZES`].
    pub size: String,
    /// Whether a second machine stands by.
    pub ha: bool,
    /// Whether it answers names by what its default route leads to.
    pub dns_relay: bool,
    /// Whether it has the advanced services.
    pub advanced: bool,
    /// Whether networks may have a distributed interface on it.
    pub distributed: bool,
    /// Whether it keeps to FIPS.
    pub fips: bool,
    /// The external networks that it leads to.
    pub uplinks: Vec<Uplink>,
    /// What it does for its networks.
    pub services: Services,
    /// The log servers of its organization.
    pub syslog: Vec<String>,
}

/// The sizes of gateways, the smallest first.
pub const SIZES: [&str; 4] = ["compact", "full", "full4", "x-large"];

/// A connection to an external network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uplink {
    /// The external network.
    pub network: Uuid,
    /// Its gateway.
    pub gateway: String,
    /// Its mask.
    pub netmask: String,
    /// The edge gateway's own address on it.
    pub address: String,
    /// The addresses there that the edge gateway may translate from and to.
    pub ranges: Vec<(String, String)>,
    /// Whether it is the way to everywhere else.
    pub default_route: bool,
    /// How much may come in and go out, in megabits per second.
    pub limits: Option<(f64, f64)>,
}

impl Uplink {
    /// Whether an address on the external network is the gateway's: its own, or sub-allocated to it.
    #[must_use]
    pub fn holds(&self, address: Ipv4Addr) -> bool {
        self.address.parse() == Ok(address) || self.ranges.iter().any(|range| within(range, address))
    }

    /// The addresses that it has on the external network.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        let number = |text: &String| text.parse::<Ipv4Addr>().ok().map(u32::from);
        let ranges = self.ranges.iter().filter_map(move |(first, last)| Some(number(first)?..=number(last)?));
        self.address.parse::<Ipv4Addr>().ok().into_iter().chain(ranges.flatten().map(Ipv4Addr::from))
    }
}

/// How many addresses may be sub-allocated to one connection.
const MOST_ADDRESSES: u64 = 1 << 16;

/// The ranges of a sub-allocation in their order, when they lie in the pool of the external network and apart from each other.
///
/// # Errors
/// 400 that names the range, or says that these are too many addresses.
pub fn sub_allocation(pool: &IpScope, ranges: &[(String, String)]) -> Result<Vec<(String, String)>, Fault> {
    let (mut ordered, mut count) = (Vec::new(), 0);
    for (first, last) in ranges {
        let shown = || format!("The IpRange \"{}\" to \"{}\"", excerpt(first), excerpt(last));
        let wrong = |what: &str| Fault::bad_request(format!("{} {what}.", shown()));
        let (Ok(from), Ok(to)) = (first.parse::<Ipv4Addr>(), last.parse::<Ipv4Addr>()) else {
            return Err(wrong("is none of IPv4 addresses"));
        };
        if from > to {
            return Err(wrong("ends before it begins"));
        }
        count += u64::from(u32::from(to) - u32::from(from)) + 1;
        if count > MOST_ADDRESSES {
            return Err(Fault::bad_request(format!("The sub-allocated IpRanges have more than {MOST_ADDRESSES} addresses.")));
        }
        let pooled = pool.ranges.iter().any(|range| within(range, from) && within(range, to));
        if !pooled {
            return Err(wrong("does not lie in the static pool of the external network"));
        }
        ordered.push((from, to));
    }
    ordered.sort_unstable();
    if let Some(pair) = ordered.windows(2).find(|pair| pair[1].0 <= pair[0].1) {
        return Err(Fault::bad_request(format!("The sub-allocated IpRanges have the address {} in common.", pair[1].0)));
    }
    Ok(ordered.into_iter().map(|(from, to)| (from.to_string(), to.to_string())).collect())
}

const VIEW: Need = Need::Right(Right::GATEWAY_VIEW);
const SERVICES: Need = Need::Right(Right::GATEWAY_SERVICES);
const SYSLOG: Need = Need::Right(Right::GATEWAY_SYSLOG);

/// Makes one in a VDC.
pub const CREATE: Action = Action::post(Kind::Vdc, "/edgeGateways", Need::System)
    .under(View::Admin)
    .rel("add")
    .takes(media::EDGE_GATEWAY)
    .when(takes_objects)
    .beside_tasks()
    .since(ApiVersion::V5_1);

/// Reads it.
pub const READ: Action = Action::read(Kind::EdgeGateway, View::Admin, VIEW).since(ApiVersion::V5_1);
/// Changes its properties, its connections and its services.
pub const UPDATE: Action = Action::put(Kind::EdgeGateway, "", Need::System)
    .under(View::Admin)
    .rel("edit")
    .takes(media::EDGE_GATEWAY)
    .when(power::resolved)
    .since(ApiVersion::V5_1);
/// The same without the services. Clients know it from 29.0 on; no source says since when it is there.
pub const UPDATE_PROPERTIES: Action = UPDATE.at("/action/updateProperties").rel("edgeGateway:updateProperties").since(ApiVersion::V29_0);
/// Deletes it.
pub const DELETE: Action = Action::delete(Kind::EdgeGateway, Need::System).under(View::Admin).since(ApiVersion::V5_1);

/// What tenants may do, too.
const fn post(path: &'static str, rel: &'static str, need: Need) -> Action {
    let post = Action::post(Kind::EdgeGateway, path, need).under(View::Admin).rel(rel);
    post.access(AccessLevel::ReadOnly).when(power::resolved).since(ApiVersion::V5_1)
}

/// Deploys its machine anew.
pub const REDEPLOY: Action = post("/action/redeploy", "edgeGateway:redeploy", SERVICES);
/// Sets its services.
pub const CONFIGURE: Action =
    post("/action/configureServices", "edgeGateway:configureServices", SERVICES).takes(media::EDGE_GATEWAY_SERVICES);
/// Tells its machine its services once more.
pub const REAPPLY: Action = post("/action/reapplyServices", "edgeGateway:reapplyServices", SERVICES);
/// Tells its machine the log servers once more.
pub const SYNC_SYSLOG: Action = post("/action/syncSyslogServerSettings", "edgeGateway:syncSyslogSettings", SYSLOG);
/// Says which log servers its organization has. The schemas' type came with 5.11, which is 20.0 among the versions here.
pub const CONFIGURE_SYSLOG: Action = post("/action/configureSyslogServerSettings", "edgeGateway:configureSyslogServerSettings", SYSLOG)
    .takes(media::SYSLOG_SETTINGS)
    .since(ApiVersion::V20_0);
/// Makes a compact one full.
pub const UPGRADE: Action = post("/action/upgradeConfig", "edgeGateway:upgrade", Need::System).access(AccessLevel::Change).when(is_compact);
/// Gives it another size. The schemas' type came with 11.0.
pub const RESIZE: Action = post("/action/modifyFormFactor", "edgeGateway:modifyFormFactor", Need::System)
    .access(AccessLevel::Change)
    .takes(media::EDGE_GATEWAY_FORM_FACTOR)
    .since(ApiVersion::V20_0);
/// Gives it the advanced services.
pub const CONVERT: Action =
    post("/action/convertToAdvancedGateway", "edgeGateway:convertToAdvancedGateway", Need::Right(Right::GATEWAY_CONVERT))
        .when(is_simple)
        .since(ApiVersion::V27_0);
/// Lets networks have distributed interfaces on it.
pub const DISTRIBUTE: Action =
    post("/action/enableDistributedRouting", "edgeGateway:enableDistributedRouting", Need::Right(Right::GATEWAY_DISTRIBUTED))
        .when(may_distribute)
        .since(ApiVersion::V29_0);
/// Lets them have none.
pub const CENTRALIZE: Action =
    post("/action/disableDistributedRouting", "edgeGateway:disableDistributedRouting", Need::Right(Right::GATEWAY_DISTRIBUTED))
        .when(is_distributed)
        .since(ApiVersion::V29_0);

/// Whether a gateway that is there fulfils a condition.
fn must(gateway: &Entity, holds: fn(&EdgeGateway) -> bool, otherwise: &str) -> Result<(), Fault> {
    power::resolved(gateway)?;
    match gateway.body::<EdgeGateway>() {
        Some(body) if holds(body) => Ok(()),
        _ => Err(Fault::bad_request(format!("The edge gateway \"{}\" {otherwise}.", gateway.head.name))),
    }
}

fn is_compact(gateway: &Entity) -> Result<(), Fault> {
    must(gateway, |body| body.size == SIZES[0], "is not compact")
}

fn is_simple(gateway: &Entity) -> Result<(), Fault> {
    must(gateway, |body| !body.advanced, "is an advanced one already")
}

fn may_distribute(gateway: &Entity) -> Result<(), Fault> {
    must(gateway, |body| body.advanced && !body.distributed, "is not an advanced one, or has distributed routing already")
}

fn is_distributed(gateway: &Entity) -> Result<(), Fault> {
    must(gateway, |body| body.distributed, "has no distributed routing")
}

/// The links of its document, in their order: those that recorded servers sent first.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::Admin, |gateway| gateway.head.parent.map(|id| Urn::new(Kind::Vdc, id))).needs(Need::System),
    LinkRule::object("up", View::User, |gateway| gateway.head.parent.map(|id| Urn::new(Kind::Vdc, id))),
    LinkRule::action(&UPDATE),
    LinkRule::action(&UPDATE_PROPERTIES),
    LinkRule::action(&DELETE),
    LinkRule::action(&REDEPLOY),
    LinkRule::action(&CONFIGURE),
    LinkRule::action(&REAPPLY),
    LinkRule::action(&SYNC_SYSLOG),
    LinkRule::action(&CONFIGURE_SYSLOG),
    LinkRule::action(&UPGRADE),
    LinkRule::action(&RESIZE),
    LinkRule::action(&CONVERT),
    LinkRule::action(&DISTRIBUTE),
    LinkRule::action(&CENTRALIZE),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(first, last)| ((*first).to_owned(), (*last).to_owned())).collect()
    }

    #[test]
    fn what_is_sub_allocated_lies_in_the_pool_apart_and_in_order() {
        let (gateway, netmask) = ("10.0.0.1".to_owned(), "255.255.255.0".to_owned());
        let pool = ranges(&[("10.0.0.10", "10.0.0.99")]);
        let pool = IpScope { inherited: false, gateway, netmask, dns1: None, dns2: None, dns_suffix: None, ranges: pool };
        let sorted = sub_allocation(&pool, &ranges(&[("10.0.0.20", "10.0.0.29"), ("10.0.0.10", "10.0.0.10")])).unwrap();
        assert_eq!(sorted[0].0, "10.0.0.10");
        for (wrong, word) in [
            (&[("10.0.0.29", "10.0.0.20")][..], "ends before"),
            (&[("10.0.0.90", "10.0.0.100")], "static pool"),
            (&[("ten", "10.0.0.9")], "none of IPv4"),
            (&[("10.0.0.20", "10.0.0.29"), ("10.0.0.29", "10.0.0.30")], "10.0.0.29 in common"),
            (&[("10.0.0.20", "10.9.0.29")], "65536"),
        ] {
            let message = sub_allocation(&pool, &ranges(wrong)).unwrap_err().message;
            assert!(message.contains(word), "{message}");
        }
        let pool = IpScope { ranges: ranges(&[("10.0.0.2", "10.9.255.254")]), ..pool };
        let most = [("10.1.0.0", "10.1.127.255"), ("10.3.0.0", "10.3.127.255"), ("10.2.0.0", "10.2.0.0")];
        assert_eq!(sub_allocation(&pool, &ranges(&most[..2])).unwrap().len(), 2);
        let message = sub_allocation(&pool, &ranges(&most)).unwrap_err().message;
        assert!(message.contains("more than 65536"), "{message}");
    }

    #[test]
    fn a_connection_holds_its_own_address_and_its_ranges() {
        let uplink = Uplink {
            network: Uuid::nil(),
            gateway: "10.0.0.1".to_owned(),
            netmask: "255.255.255.0".to_owned(),
            address: "10.0.0.10".to_owned(),
            ranges: ranges(&[("10.0.0.20", "10.0.0.21")]),
            default_route: false,
            limits: None,
        };
        let all: Vec<_> = uplink.addresses().map(|address| address.to_string()).collect();
        assert_eq!(all, ["10.0.0.10", "10.0.0.20", "10.0.0.21"]);
        assert!(uplink.addresses().all(|address| uplink.holds(address)) && !uplink.holds("10.0.0.11".parse().unwrap()));
    }
}
