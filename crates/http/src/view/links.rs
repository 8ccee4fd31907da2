//! Links. Invariant: a link to an action is shown exactly when the action would be accepted now, since both ask `Action::admit`.

use crate::view::ViewCx;
use vcdsim_model::action::{LinkRule, Target};
use vcdsim_model::family;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::Link;

/// The link rules of a kind's documents.
pub(crate) fn rules(kind: Kind) -> &'static [LinkRule] {
    match kind {
        Kind::Org => family::org::LINKS,
        Kind::User => family::user::LINKS,
        Kind::Role => family::role::LINKS,
        Kind::Vdc => family::vdc::LINKS,
        Kind::VdcStorageProfile => family::storage_profile::LINKS,
        Kind::Catalog => family::catalog::LINKS,
        Kind::CatalogItem => family::catalog_item::LINKS,
        Kind::VAppTemplate => family::vapp_template::LINKS,
        Kind::TemplateVm => family::vm::TEMPLATE_VM_LINKS,
        Kind::VApp => family::vapp::LINKS,
        Kind::Vm => family::vm::LINKS,
        Kind::Media => family::media::LINKS,
        Kind::Network => family::network::LINKS,
        Kind::ProviderVdc => family::provider_vdc::LINKS,
        Kind::ProviderStorageProfile => family::storage_profile::PROVIDER_LINKS,
        Kind::ExternalNetwork => family::external_network::LINKS,
        Kind::NetworkPool => family::network_pool::LINKS,
        Kind::VimServer => family::vim_server::LINKS,
        Kind::Host => family::host::LINKS,
        Kind::Datastore => family::datastore::LINKS,
        Kind::Group | Kind::Right | Kind::Task | Kind::BlockingTask => &[],
    }
}

impl ViewCx<'_> {
    /// The links of an object's document.
    pub(crate) fn links(&self, graph: &Graph) -> Vec<Link> {
        let shown = |rule: &&LinkRule| rule.views.contains(&self.view) && rule.since <= self.version && rule.need.met_by(self.caller);
        rules(graph.entity.head.kind).iter().filter(shown).filter_map(|rule| self.link_of(rule, graph)).collect()
    }

    fn link_of(&self, rule: &LinkRule, graph: &Graph) -> Option<Link> {
        let entity = &graph.entity;
        match rule.target {
            Target::Action(action) => {
                let rel = action.rel.filter(|_| action.since <= self.version)?;
                action.admit(entity, self.caller, Some(graph.access)).ok()?;
                let href = format!("{}{}", self.base.href(entity.urn(), action.view), action.path);
                Some(link(rel, action.media, href))
            }
            Target::Object(object, view) => {
                let urn = object(entity)?;
                let named = graph.related.get(urn).map(|entity| entity.head.name.clone());
                Some(Link {
                    name: named.filter(|_| urn != entity.urn()),
                    ..link(rule.rel, Some(urn.kind.info().place(view).media), self.base.href(urn, view))
                })
            }
            Target::Below(view, path, media) => {
                let view = if view == View::User { self.view } else { view };
                Some(link(rule.rel, Some(media), format!("{}{path}", self.base.href(entity.urn(), view))))
            }
        }
    }
}

/// A link.
pub(crate) fn link(rel: &str, media: Option<&str>, href: String) -> Link {
    Link { rel: rel.to_owned(), r#type: media.map(str::to_owned), href, ..Link::default() }
}
