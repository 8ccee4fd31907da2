//! Parts of objects that have rows of their own: networks of vApps, what vCenter servers list, relations between objects. Invariant: who may
//! know of the object may know of its parts, and nobody else.

use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

/// Something inside an object that is none of its own, or a relation of the object to another one.
#[derive(Debug, Clone)]
pub struct Part {
    /// The object.
    pub whole: Arc<Entity>,
    /// Which part it is, among those of its sort in the object.
    pub index: usize,
    /// The object to which a relation leads.
    pub other: Option<Arc<Entity>>,
    /// What its row leads to.
    pub urn: Option<Urn>,
    /// Its name.
    pub name: String,
}

impl Part {
    /// A part that has neither name nor place.
    pub(super) fn new(whole: &Arc<Entity>, index: usize) -> Self {
        Self { whole: Arc::clone(whole), index, other: None, urn: None, name: String::new() }
    }

    pub(super) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    pub(super) fn at(self, urn: Urn) -> Self {
        Self { urn: Some(urn), ..self }
    }

    pub(super) fn with(self, other: &Arc<Entity>) -> Self {
        Self { other: Some(Arc::clone(other)), ..self }
    }
}

/// A sort of parts.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// The kind of the objects that have them.
    pub kind: Kind,
    /// The kind of the objects to which relations lead, when all of them are needed to find the parts.
    pub beside: Option<Kind>,
    /// The parts of an object, given the objects beside it.
    pub(super) split: fn(&Arc<Entity>, &[Arc<Entity>]) -> Vec<Part>,
}

impl Parts {
    /// The parts of `whole`, in their order.
    #[must_use]
    pub fn of(&self, whole: &Arc<Entity>, beside: &[Arc<Entity>]) -> Vec<Part> {
        (self.split)(whole, beside)
    }
}

/// Sorts of parts are entries of a table: each is only itself.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Parts {}
