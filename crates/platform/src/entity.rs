//! From a URN to the object it names. Invariant: what the caller may not see resolves like what does not exist.

use crate::{access, blocking_task, role, task, vapp};
use vcdsim_model::caller::Caller;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, media};
use vcdsim_store::Reader;

/// The object's URN with its exact kind, which the word in a URN need not tell (a template's VM, an external network).
///
/// # Errors
/// 403 when it does not exist or may not be seen.
pub async fn resolve(reader: &Reader<'_>, caller: &Caller, urn: Urn) -> Result<Urn, Fault> {
    match urn.kind {
        Kind::Task => task::get(reader, caller, urn.id).await.map(|_| urn),
        Kind::BlockingTask => blocking_task::get(reader, caller, urn.id).await.map(|_| urn),
        Kind::Right => role::right(reader, caller, urn.id).await.map(|_| urn),
        kind => {
            let twin = kind.twin().map(|twin| Urn::new(twin, urn.id));
            for candidate in [Some(urn), twin].into_iter().flatten() {
                if let Some(entity) = reader.entity(candidate).await?
                    && access::access(reader, caller, &entity).await?.is_some()
                {
                    return Ok(candidate);
                }
            }
            // Networks inside vApps are no objects of their own, but have URNs of the same form.
            if kind == Kind::Network { vapp::network_home(reader, caller, urn.id).await.map(|_| urn) } else { Err(Fault::no_access(urn)) }
        }
    }
}

/// The media type of what [`resolve`] found, where its kind does not say it: a network inside a vApp.
///
/// # Errors
/// Only a defect of the store.
pub async fn media_type(reader: &Reader<'_>, resolved: Urn) -> Result<Option<&'static str>, Fault> {
    let inside = resolved.kind == Kind::Network && reader.entity(resolved).await?.is_none();
    Ok(inside.then_some(media::VAPP_NETWORK))
}
