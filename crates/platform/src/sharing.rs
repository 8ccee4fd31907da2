//! Sharing what one has. Invariant: whatever can be shared is shared by the one change here; what its shares can give, its kind says.

use crate::change::Change;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::{AccessLevel, Caller};
use vcdsim_model::entity::{Res, Resource};
use vcdsim_model::family::catalog::{self, Catalog};
use vcdsim_model::family::vapp::{self, VApp};
use vcdsim_model::family::vdc::{self, Vdc};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::sharing::{Share, Sharing};
use vcdsim_store::{EntityFilter, Tx};

/// A kind of object that can be shared.
pub trait Shareable: Resource {
    /// What one must be admitted to, to read with whom it is shared.
    const READ: &'static Action;
    /// What one must be admitted to, to say so.
    const SHARE: &'static Action;
    /// The event that tells of it.
    const EVENT: &'static str;

    /// With whom it is shared.
    fn sharing(&self) -> &Sharing;

    /// The same, to be changed.
    fn sharing_mut(&mut self) -> &mut Sharing;

    /// Refuses what this kind cannot give: to everyone in its organization (`None`), to a user, a group, or an organization.
    ///
    /// # Errors
    /// 400 that says what it can give.
    fn can_give(level: AccessLevel, to: Option<Kind>) -> Result<(), Fault>;
}

impl Shareable for Catalog {
    const READ: &'static Action = &catalog::READ_SHARES;
    const SHARE: &'static Action = &catalog::SHARE;
    const EVENT: &'static str = "catalog/modify";

    fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    fn sharing_mut(&mut self) -> &mut Sharing {
        &mut self.sharing
    }

    fn can_give(level: AccessLevel, to: Option<Kind>) -> Result<(), Fault> {
        match to {
            Some(Kind::Org) if level != AccessLevel::ReadOnly => {
                Err(Fault::bad_request("An organization can be given AccessLevel ReadOnly only."))
            }
            _ => Ok(()),
        }
    }
}

impl Shareable for VApp {
    const READ: &'static Action = &vapp::READ_SHARES;
    const SHARE: &'static Action = &vapp::SHARE;
    const EVENT: &'static str = "vapp/modify";

    fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    fn sharing_mut(&mut self) -> &mut Sharing {
        &mut self.sharing
    }

    fn can_give(_level: AccessLevel, to: Option<Kind>) -> Result<(), Fault> {
        match to {
            Some(Kind::Org) => Err(Fault::bad_request("A vApp is shared with users and groups of its own organization only.")),
            _ => Ok(()),
        }
    }
}

impl Shareable for Vdc {
    const READ: &'static Action = &vdc::READ_SHARES;
    const SHARE: &'static Action = &vdc::SHARE;
    const EVENT: &'static str = "vdc/modify";

    fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    fn sharing_mut(&mut self) -> &mut Sharing {
        &mut self.sharing
    }

    /// The reference of the operation says that it takes nothing else.
    fn can_give(level: AccessLevel, to: Option<Kind>) -> Result<(), Fault> {
        if to == Some(Kind::Org) {
            return Err(Fault::bad_request("A VDC is shared with users and groups of its own organization only."));
        }
        if level == AccessLevel::ReadOnly { Ok(()) } else { Err(Fault::bad_request("A VDC can be shared with AccessLevel ReadOnly only.")) }
    }
}

/// Takes all that objects of kind `R` of an organization give to somebody.
pub(crate) async fn forget<R: Shareable>(tx: &mut Tx<'_>, org: Option<Uuid>, subject: Urn) -> Result<(), Fault> {
    for object in tx.read().list(EntityFilter::kind(R::KIND).in_org(org)).await? {
        if object.body::<R>().is_some_and(|body| body.sharing().shares.iter().any(|share| share.subject == subject)) {
            tx.update_kept::<R>(object.head.id, |body| body.sharing_mut().shares.retain(|share| share.subject != subject)).await?;
        }
    }
    Ok(())
}

/// Says who may do what with an object; replaces what was said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareWith<R> {
    sharing: Sharing,
    kind: std::marker::PhantomData<fn() -> R>,
}

impl<R: Shareable> ShareWith<R> {
    /// Shares it like this.
    #[must_use]
    pub fn new(sharing: Sharing) -> Self {
        Self { sharing, kind: std::marker::PhantomData }
    }
}

impl<R: Shareable> Change for ShareWith<R> {
    type Of = R;
    const ACTION: &'static Action = R::SHARE;
    const EVENT: &'static str = R::EVENT;

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<R>) -> Result<Urn, Fault> {
        if let Some(level) = self.sharing.everyone {
            R::can_give(level, None)?;
        }
        let mut shares: Vec<Share> = Vec::new();
        for share in self.sharing.shares {
            let dangling = || Fault::invalid_reference("Subject", &share.subject.to_string());
            let subject = tx.read().entity(share.subject).await?.ok_or_else(dangling)?;
            match share.subject.kind {
                Kind::User | Kind::Group if subject.head.org == of.head().org => {}
                Kind::Org => {}
                _ => return Err(dangling()),
            }
            R::can_give(share.level, Some(share.subject.kind))?;
            shares.retain(|other| other.subject != share.subject);
            shares.push(share);
        }
        let sharing = Sharing { shares, ..self.sharing };
        tx.update_body::<R>(of.head().id, |_, body| *body.sharing_mut() = sharing).await?;
        Ok(of.urn())
    }
}
