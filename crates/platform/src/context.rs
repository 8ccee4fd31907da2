//! Whom a request is made for. Invariant: who acts for an organization sees and changes what lies in it and nothing else, by the rights of
//! the own role; nobody but the provider acts for an organization that is not the own.

use crate::cloud::Cloud;
use uuid::Uuid;
use vcdsim_model::caller::Caller;
use vcdsim_model::family::org::Org;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::EntityFilter;

/// The organization that a request names as the one it is made for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantContext {
    /// By its id.
    pub id: Option<Uuid>,
    /// By its name.
    pub name: Option<String>,
}

impl TenantContext {
    /// Whether it names none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.id.is_none() && self.name.is_none()
    }
}

impl Cloud {
    /// The caller as who asks in this context.
    ///
    /// # Errors
    /// 403 for an organization that there is not, or that a tenant is not of; 400 when id and name are of two.
    pub async fn in_context(&self, caller: Caller, context: &TenantContext) -> Result<Caller, Fault> {
        if context.is_none() {
            return Ok(caller);
        }
        if !caller.is_system_admin() {
            let own = context.id.is_none_or(|id| id == caller.org) && context.name.as_ref().is_none_or(|name| *name == caller.org_name);
            return if own { Ok(caller) } else { Err(foreign()) };
        }
        let reader = self.read();
        let mut named = Vec::new();
        if let Some(id) = context.id {
            let found = reader.find::<Org>(id).await?.ok_or_else(|| Fault::no_access(Urn::new(Kind::Org, id)))?;
            named.push((id, found.head().name.clone()));
        }
        if let Some(name) = &context.name {
            let all = reader.list(EntityFilter::kind(Kind::Org)).await?;
            let found = all.iter().find(|org| org.head.name.eq_ignore_ascii_case(name)).ok_or_else(foreign)?;
            named.push((found.head.id, found.head.name.clone()));
        }
        match named.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other == first) => {
                let (org, org_name) = first.clone();
                let system = org == caller.org;
                Ok(Caller { system, acting: !system, org, org_name, ..caller })
            }
            _ => Err(Fault::bad_request("The headers of the tenant context name two organizations.")),
        }
    }
}

/// The same for an organization that there is not and for one that is another's.
fn foreign() -> Fault {
    Fault::new(FaultCode::Forbidden, "No access to the organization that the tenant context names.")
}
