//! References to objects. Invariant: href and type come from the table of kinds.

use crate::view::ViewCx;
use crate::view::links::link;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Entity, Head};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{Owner, Reference};

/// The description of an object in documents that always have one.
pub(crate) fn description(head: &Head) -> Option<String> {
    Some(head.description.clone().unwrap_or_default())
}

impl ViewCx<'_> {
    /// A reference to an object in a view of it, with its URN.
    pub(crate) fn reference(&self, urn: Urn, view: View, name: &str) -> Reference {
        Reference { id: Some(urn.to_string()), ..self.plain_reference(urn, view, name) }
    }

    /// A reference without a URN, as tasks and blocking tasks have them.
    pub(crate) fn plain_reference(&self, urn: Urn, view: View, name: &str) -> Reference {
        let media = urn.kind.info().place(view).media;
        Reference { href: self.base.href(urn, view), r#type: Some(media.to_owned()), name: Some(name.to_owned()), ..Reference::default() }
    }

    /// A reference in a list of what lies in an object. Old servers give no URN there; that newer ones do is recorded at 37.0 only, and
    /// clients that speak 29.0 need it, so it begins in between.
    pub(crate) fn listed(&self, entity: &Entity, view: View) -> Reference {
        let plain = self.plain_reference(entity.urn(), view, &entity.head.name);
        Reference { id: (self.version >= ApiVersion::V20_0).then(|| entity.urn().to_string()), ..plain }
    }

    /// A reference to an object that the document's object names; nothing when it is not there.
    pub(crate) fn named(&self, graph: &Graph, urn: Urn, view: View) -> Option<Reference> {
        graph.related.get(urn).map(|entity| self.listed(entity, view))
    }

    /// The owner of an object; nothing when it has none.
    pub(crate) fn owner(&self, graph: &Graph) -> Option<Owner> {
        let user = self.named(graph, Urn::new(Kind::User, graph.entity.head.owner?), View::Admin)?;
        Some(Owner { r#type: Some(media::OWNER.to_owned()), user, ..Owner::default() })
    }

    /// The owner as a document of its own, which leads to the object, and to `change` where the caller may.
    pub(crate) fn owner_document(&self, graph: &Graph, change: &Action) -> Owner {
        let urn = graph.entity.urn();
        let up = link("up", Some(urn.kind.info().place(self.view).media), self.base.href(urn, self.view));
        Owner { link: std::iter::once(up).chain(self.link_to(change, graph)).collect(), ..self.owner(graph).unwrap_or_default() }
    }
}
