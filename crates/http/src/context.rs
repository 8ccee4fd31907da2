//! The headers that say for which organization a request is made. Invariant: what they say is checked before anything else is done.

use crate::message::Request;
use vcdsim_model::Fault;
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::Kind;
use vcdsim_platform::context::TenantContext;

const TENANT: &str = "x-vmware-vcloud-tenant-context";
const AUTH: &str = "x-vmware-vcloud-auth-context";

/// The organization that a request names, by its id (which some clients write as a URN) or by its name.
///
/// # Errors
/// 400 for an id that is none.
pub(crate) fn asked(request: &Request) -> Result<TenantContext, Fault> {
    let header = |name| request.header(name).map(str::trim).filter(|value| !value.is_empty());
    let id = header(TENANT).map(|value| organization(value).ok_or_else(|| wrong(value))).transpose()?;
    Ok(TenantContext { id, name: header(AUTH).map(str::to_owned) })
}

fn organization(text: &str) -> Option<uuid::Uuid> {
    parse_uuid(text).or_else(|| Urn::parse(text).filter(|urn| urn.kind == Kind::Org).map(|urn| urn.id))
}

fn wrong(value: &str) -> Fault {
    let shown: String = value.chars().take(50).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Fault::bad_request(format!("The tenant context \"{shown}\" is not the id of an organization."))
}
