//! What only looks. Invariant: a reader meets neither a defect nor a dead end, whoever it is.

use super::play::{Client, Outcome, Play};
use super::steps::{href, somebody};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::query::record::TYPES;
use vcdsim_testkit::Answer;

/// Places that everybody may try.
const PLACES: &[&str] = &[
    "/api/session",
    "/api/org",
    "/api/admin",
    "/api/query",
    "/api/admin/extension",
    "/api/admin/extension/settings",
    "/api/admin/extension/settings/blockingTask",
    "/api/admin/extension/blockingTasks",
    "/api/admin/extension/vimServerReferences",
    "/api/admin/extension/providerVdcReferences",
];

/// Reads something and then what it names, some steps further.
pub(super) async fn read(play: &mut Play) -> Outcome {
    let who = somebody(play);
    let json = play.chance(25);
    let mut url = place(play);
    let mut from = None;
    for _ in 0..3 {
        let which = play.below(1_000);
        let answer = if json { read_json(play, who, &url).await } else { play.ask(who, "GET", &url, None).await };
        let from_where = from.as_deref().unwrap_or("nowhere");
        assert!(![404, 501].contains(&answer.status) || from.is_none(), "{url}, named by {from_where}, is a dead end: {}", answer.text());
        let next = if answer.status == 200 && answer.media().contains("xml") { named(&answer) } else { Vec::new() };
        let Some(there) = next.get(which % next.len().max(1)) else { break };
        from = Some(std::mem::replace(&mut url, there.clone()));
    }
    Outcome::Various
}

async fn read_json(play: &mut Play, Client { who, .. }: Client, url: &str) -> Answer {
    let answer = play.people[who].actor.at("39.1").accepting("application/*+json").get(url).await;
    play.heard(format!("   {} reads {url} as JSON: {}", play.people[who].name, answer.status), &answer);
    answer
}

/// Where to begin: a fixed place, a query, or any object, task or blocking task that there is.
fn place(play: &mut Play) -> String {
    match play.below(6) {
        0 => play.pick(PLACES).to_owned(),
        1 | 2 => {
            let (kind, format) = (play.pick(TYPES).name, play.pick(&["records", "idrecords", "references"]));
            let (page, size) = (1 + play.below(2), 1 + play.below(30));
            format!("/api/query?type={kind}&format={format}&page={page}&pageSize={size}")
        }
        3 => {
            let tasks: Vec<Urn> = play.seen.tasks.values().map(|task| task.urn()).collect();
            play.pick_some(tasks.into_iter()).map_or_else(|| "/api/org".to_owned(), |urn| href(urn, View::User))
        }
        4 => {
            let vms: Vec<Urn> =
                [Kind::VApp, Kind::Vm].into_iter().flat_map(|kind| play.seen.of_kind(kind)).map(|entity| entity.urn()).collect();
            play.pick_some(vms.into_iter()).map_or_else(|| "/api/org".to_owned(), |urn| href(urn, View::User))
        }
        _ => {
            let all: Vec<Urn> = play.seen.objects.keys().copied().collect();
            let view = play.pick(&[View::User, View::Admin, View::Extension]);
            play.pick_some(all.into_iter()).map_or_else(|| "/api/org".to_owned(), |urn| href(urn, view))
        }
    }
}

/// What a document refers to, but for links to actions and the pattern of the resolver.
fn named(answer: &Answer) -> Vec<String> {
    const READ: &[&str] = &["down", "up", "alternate", "catalogItem"];
    let xml = answer.xml();
    let below = xml.root_element().descendants().skip(1);
    let read = below.filter(|node| node.attribute("rel").is_none_or(|rel| READ.contains(&rel)));
    read.filter_map(|node| node.attribute("href")).filter(|href| href.starts_with("https://vcd.test/api/")).map(str::to_owned).collect()
}
