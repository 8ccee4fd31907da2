//! References to objects. Invariant: href and type come from the table of kinds.

use crate::view::ViewCx;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::View;
use vcdsim_wire::vcloud::Reference;

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
}
