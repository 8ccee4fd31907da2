//! What a caller names instead of giving an id. Invariant: a name that several have is refused with their URNs; none is guessed.

use super::asked::id;
use super::call::Control;
use super::problem::Problem;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::Entity;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::EntityFilter;

impl Control<'_> {
    /// The organization of this name or id.
    pub(super) async fn org(&self, wanted: Option<&str>) -> Result<Option<Uuid>, Problem> {
        let Some(wanted) = wanted else { return Ok(None) };
        let orgs = self.cloud().read().list(EntityFilter::kind(Kind::Org)).await?;
        match orgs.iter().find(|org| org.head.name == wanted || id(wanted).is_ok_and(|id| id == org.head.id)) {
            Some(found) => Ok(Some(found.head.id)),
            None => {
                let problem = Problem::bad(format!("There is no organization \"{wanted}\"."));
                Err(problem.near(wanted, orgs.iter().map(|org| org.head.name.as_str())))
            }
        }
    }

    /// The user of this name or id, of this organization if one is said; `user@org` says both. A name may have an `@` of its own: the last
    /// one is before the organization, unless that is said apart and has a user of the whole name.
    pub(super) async fn user(&self, wanted: Option<&str>, org: Option<Uuid>) -> Result<Option<Arc<Entity>>, Problem> {
        let Some(wanted) = wanted else { return Ok(None) };
        let users = self.cloud().read().list(EntityFilter::kind(Kind::User)).await?;
        let whole = |user: &&Arc<Entity>| org.is_some() && user.head.org == org && user.head.name == wanted;
        if let Some(user) = users.iter().find(whole) {
            return Ok(Some(Arc::clone(user)));
        }
        let (name, of) = wanted.rsplit_once('@').map_or((wanted, None), |(name, of)| (name, Some(of)));
        let org = self.org(of).await?.or(org);
        let here = |user: &&Arc<Entity>| org.is_none_or(|org| user.head.org == Some(org));
        let same = |user: &&Arc<Entity>| user.head.name == name || id(wanted).is_ok_and(|id| id == user.head.id);
        let found: Vec<_> = users.iter().filter(here).filter(same).collect();
        match found[..] {
            [user] => Ok(Some(Arc::clone(user))),
            [] => {
                let problem = Problem::bad(format!("There is no user \"{wanted}\"."));
                Err(problem.near(name, users.iter().filter(here).map(|user| user.head.name.as_str())))
            }
            _ => Err(several(wanted, found.into_iter())),
        }
    }

    /// What [`Self::org`] takes for this one; its id when it is gone.
    pub(super) async fn org_name(&self, org: Option<Uuid>) -> Result<Option<String>, Problem> {
        let Some(id) = org else { return Ok(None) };
        let found = self.cloud().read().object(id).await?;
        Ok(Some(found.map_or_else(|| id.to_string(), |org| org.head.name.clone())))
    }

    /// What [`Self::user`] takes for this one, whoever else has the name; its id when it is gone.
    pub(super) async fn user_name(&self, user: Option<Uuid>) -> Result<Option<String>, Problem> {
        let Some(id) = user else { return Ok(None) };
        let Some(user) = self.cloud().read().object(id).await? else { return Ok(Some(id.to_string())) };
        let org = self.org_name(user.head.org).await?.unwrap_or_default();
        Ok(Some(format!("{}@{org}", user.head.name)))
    }

    /// The object that an id, a URN, an href or a name means that no other has.
    pub(super) async fn object(&self, wanted: &str) -> Result<Arc<Entity>, Problem> {
        let reader = self.cloud().read();
        if let Ok(id) = id(wanted) {
            return reader.object(id).await?.ok_or_else(|| Problem::bad(format!("There is no object {id}.")));
        }
        let named = EntityFilter { name: Some(wanted.to_owned()), ..EntityFilter::default() };
        let found = reader.list(named).await?;
        match &found[..] {
            [object] => Ok(Arc::clone(object)),
            [] => Err(Problem::bad(format!("There is no object \"{wanted}\"; an id, a URN or an href names one, too."))),
            _ => Err(several(wanted, found.iter())),
        }
    }
}

fn several<'a>(wanted: &str, found: impl Iterator<Item = &'a Arc<Entity>>) -> Problem {
    let urns: Vec<_> = found.map(|entity| Urn::to_string(&entity.urn())).collect();
    let problem = Problem::bad(format!("There are {} of the name \"{wanted}\": name one by its URN.", urns.len()));
    Problem { nearest: urns.into_iter().take(10).collect(), ..problem }
}
