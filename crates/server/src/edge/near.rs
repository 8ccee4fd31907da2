//! Why a request met nothing that takes it, and what it may have meant. Invariant: only what the tables have is named.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;
use vcdsim_http::passage::Passage;
use vcdsim_http::router::Router;
use vcdsim_model::version::ApiVersion;

/// What stood nearest to a request that nothing took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Near {
    /// What was wrong.
    pub(crate) why: String,
    /// What would have been taken: routes, verbs, versions or media types.
    pub(crate) instead: Vec<String>,
}

/// The statuses of requests that nothing took.
const UNMATCHED: &[u16] = &[404, 405, 406, 415, 501];

/// What stood nearest, if nothing took the request.
pub(super) fn explain(router: &Router, passage: &Passage, status: u16) -> Option<Near> {
    let (_, why) = passage.failure.as_ref()?;
    if !UNMATCHED.contains(&status) {
        return None;
    }
    let instead = match status {
        404 => routes(router, passage),
        405 => {
            router.allowed(&passage.path).into_iter().flat_map(|verbs| verbs.split(", ").map(str::to_owned).collect::<Vec<_>>()).collect()
        }
        406 => ApiVersion::ALL.iter().map(ToString::to_string).collect(),
        415 => media_types(why),
        _ => Vec::new(),
    };
    Some(Near { why: why.clone(), instead })
}

/// The routes that are spelled most alike, those of the verb first where two are equally so.
fn routes(router: &Router, passage: &Passage) -> Vec<String> {
    let asked = without_ids(&passage.path);
    let likeness = |path: &str| strsim::jaro_winkler(&asked.to_lowercase(), &without_ids(path).to_lowercase());
    let mut all: Vec<_> =
        router.routes().map(|route| (likeness(&route.path), Some(route.method) == passage.method, format!("{route:?}"))).collect();
    all.sort_by(|(one, verb, _), (other, other_verb, _)| other.total_cmp(one).then(other_verb.cmp(verb)));
    all.into_iter().take(3).filter(|(likeness, ..)| *likeness > 0.7).map(|(.., route)| route).collect()
}

/// A path in which what tells one object from another is the same for all.
fn without_ids(path: &str) -> String {
    let segment = |segment: &str| {
        let id = segment.len().checked_sub(36).filter(|from| segment.get(*from..).is_some_and(|tail| tail.parse::<Uuid>().is_ok()));
        match (id, segment.find('{')) {
            (Some(from), _) | (None, Some(from)) => format!("{}{{}}", &segment[..from]),
            (None, None) => segment.to_owned(),
        }
    };
    path.split('/').filter(|part| !part.is_empty()).map(segment).collect::<Vec<_>>().join("/")
}

/// The media types that a refusal names as taken.
fn media_types(why: &str) -> Vec<String> {
    let taken = why.split_once("; ").map_or("", |(_, taken)| taken);
    taken.split_whitespace().filter(|word| word.contains('/')).map(|word| word.trim_end_matches(['.', ',']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_make_no_difference() {
        assert_eq!(without_ids("/api//vApp/vapp-6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b/owner"), "api/vApp/vapp-{}/owner");
        assert_eq!(without_ids("/api/vApp/vapp-{id}/metadata/{*key}"), "api/vApp/vapp-{}/metadata/{}");
        assert_eq!(without_ids("/api/éééééééééééééééééééé"), "api/éééééééééééééééééééé");
    }
}
