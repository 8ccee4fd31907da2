//! Links. Invariant: a link to an action is shown exactly when the action would be accepted now, since both ask `Action::admit` and who holds what.

use crate::view::ViewCx;
use vcdsim_model::action::{Action, LinkRule, Target};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{family, media};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::Link;
use vcdsim_wire::{Links, Look, Root};

/// The first version at which a link to a type in XML has a twin to the same type in JSON (docs/reference/json.md).
const TWINS: ApiVersion = ApiVersion::V33_0;

/// How a document under `root` looks at this version: links have twins, but for those of metadata.
pub(crate) fn look(root: &Root, version: ApiVersion) -> Look {
    let alone = ["Metadata", "MetadataValue"].contains(&root.name.local);
    Look { version: version.ordinal(), links: if version >= TWINS && !alone { Links::Twinned } else { Links::Single } }
}

/// The link rules of a kind's documents.
pub(crate) fn rules(kind: Kind) -> &'static [LinkRule] {
    match kind {
        Kind::Org => family::org::LINKS,
        Kind::User => family::user::LINKS,
        Kind::Group => family::group::LINKS,
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
        Kind::Disk => family::disk::LINKS,
        Kind::AffinityRule => family::affinity::LINKS,
        Kind::Network => family::network::LINKS,
        Kind::EdgeGateway => family::edge_gateway::LINKS,
        Kind::ProviderVdc => family::provider_vdc::LINKS,
        Kind::ProviderStorageProfile => family::storage_profile::PROVIDER_LINKS,
        Kind::ExternalNetwork => family::external_network::LINKS,
        Kind::NetworkPool => family::network_pool::LINKS,
        Kind::VimServer => family::vim_server::LINKS,
        Kind::Host => family::host::LINKS,
        Kind::Datastore => family::datastore::LINKS,
        Kind::Right | Kind::Task | Kind::BlockingTask | Kind::ComputePolicy => &[],
    }
}

impl ViewCx<'_> {
    /// The links of an object's document.
    pub(crate) fn links(&self, graph: &Graph) -> Vec<Link> {
        let kind = graph.entity.head.kind;
        let all = rules(kind).iter().chain(Bearer::of(kind).map(|bearer| &bearer.link));
        let shown = all.filter(|rule| rule.applies(self.view, self.version, self.caller));
        shown.flat_map(|rule| self.links_of(rule, graph)).collect()
    }

    fn links_of(&self, rule: &LinkRule, graph: &Graph) -> Vec<Link> {
        let entity = &graph.entity;
        let to = |urn: Urn, view: View, name: Option<String>| {
            let media = rule.media.unwrap_or(urn.kind.info().place(view).media);
            Link { name, ..link(rule.rel, Some(media), self.base.href(urn, view)) }
        };
        match rule.target {
            Target::Action(action) => {
                let typed = |link: Link| Link { r#type: rule.media.map(str::to_owned).or(link.r#type), ..link };
                self.link_to(action, graph).map(typed).into_iter().collect()
            }
            Target::Object(object, view) => {
                let name = |urn| graph.related.get(urn).filter(|_| urn != entity.urn()).map(|named| named.head.name.clone());
                object(entity).map(|urn| to(urn, view, name(urn))).into_iter().collect()
            }
            Target::Below(view, path, media) => {
                let place = self.base.href(entity.urn(), view.unwrap_or(self.view));
                vec![link(rule.rel, Some(media), format!("{place}{path}"))]
            }
            Target::Children(kind, view) => {
                graph.children_of(kind).map(|child| to(child.entity.urn(), view, Some(child.entity.head.name.clone()))).collect()
            }
            Target::Tasks => {
                vec![link(rule.rel, Some(media::TASKS_LIST), self.base.join(&format!("/api/tasksList/{}", entity.head.id)))]
            }
            Target::Query(query, attribute) => {
                let name = percent_encoding::utf8_percent_encode(&entity.head.name, percent_encoding::NON_ALPHANUMERIC);
                // A tenant is answered with what its organization sees, some of which is others'.
                let filter =
                    if self.caller.is_system_admin() { format!("&filterEncoded=true&filter={attribute}=={name}") } else { String::new() };
                let path = format!("/api/query?type={query}&format=records{filter}");
                vec![link(rule.rel, Some(media::QUERY_RECORDS), self.base.join(&path))]
            }
        }
    }

    /// The link to change a section, when the caller may do so now. Hrefs of sections end in a slash.
    pub(crate) fn section_link(&self, action: &Action, graph: &Graph) -> Option<Link> {
        self.link_to(action, graph).map(|link| Link { href: format!("{}/", link.href), ..link })
    }

    /// The link to an action, when the caller may do it now.
    pub(crate) fn link_to(&self, action: &Action, graph: &Graph) -> Option<Link> {
        let rel = action.rel.filter(|_| action.since <= self.version && graph.admits(action, self.caller))?;
        let href = self.base.join(&format!("{}{}{}", action.place(), graph.entity.head.id, action.path));
        Some(link(rel, action.media, href))
    }
}

/// A link.
pub(crate) fn link(rel: &str, media: Option<&str>, href: String) -> Link {
    Link { rel: rel.to_owned(), r#type: media.map(str::to_owned), href, ..Link::default() }
}
