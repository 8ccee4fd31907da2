//! The scenarios of `fixtures/scenarios`, played to the letter. Invariant: what a scenario expects is compared as a whole.

use crate::story::Story;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use vcdsim_model::media;
use vcdsim_testkit::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[expect(dead_code, reason = "for people")]
    what: String,
    provenance: String,
    request: String,
    end: String,
    #[serde(default)]
    message: String,
    gate: Gate,
    expected: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gate {
    operation: String,
    timeout_millis: i64,
    action: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    statuses: Vec<String>,
    error: Option<String>,
    vapp: String,
    events: Vec<String>,
}

fn scenarios() -> BTreeMap<String, Scenario> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/scenarios");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let scenario = basic_toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, scenario)
    };
    files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).map(read).collect()
}

#[tokio::test]
async fn every_scenario_goes_as_it_says() {
    let all = scenarios();
    assert!(all.len() >= 14, "{:?}", all.keys());
    for (name, scenario) in all {
        assert!(["documented: ", "inferred: ", "ours: "].iter().any(|word| scenario.provenance.starts_with(word)), "{name}");
        assert_eq!(play(&scenario).await, scenario.expected, "{name}");
    }
}

async fn play(scenario: &Scenario) -> Expected {
    let Gate { operation, timeout_millis, action } = &scenario.gate;
    let story = Story::begin(&[], action).await;
    let there = match scenario.request.as_str() {
        "instantiate" => None,
        _ => story.instantiate("there").await.attribute("href"),
    };
    story.world.settle().await;
    assert_eq!(story.settings(&[operation.as_str()], action, *timeout_millis).await.status, 200);
    let seq = story.world.events().await.last().unwrap().seq;
    let (vapp, task) = ask(&story, &scenario.request, there).await;
    let mut statuses = vec![status(&story, &task).await];
    end(&story, scenario, &task).await;
    story.world.settle().await;
    let last = story.tenant.get(&task).await;
    statuses.push(last.attribute("status").unwrap());
    statuses.dedup();
    let stands = story.tenant.get(&vapp).await;
    let told = story.world.story_since(seq).await;
    assert!(told.iter().all(|line| line.ends_with(operation.as_str())), "{told:?}");
    Expected {
        statuses,
        error: last.attribute_of("Error", "message"),
        vapp: if stands.status == 403 { "gone".to_owned() } else { stands.attribute("status").unwrap() },
        events: told.iter().map(|line| line.trim_end_matches(operation.as_str()).trim().to_owned()).collect(),
    }
}

/// What the scenario's tenant asks for; the vApp and the task.
async fn ask(story: &Story, request: &str, there: Option<String>) -> (String, String) {
    let in_it = |answer: &Answer| answer.attribute_of("Task", "href").unwrap();
    let Some(vapp) = there else {
        let made = story.instantiate("web").await;
        return (made.attribute("href").unwrap(), in_it(&made));
    };
    let answer = match request {
        "power-on" => story.tenant.post_empty(&format!("{vapp}/power/action/powerOn")).await,
        "delete" => story.tenant.delete(&vapp).await,
        other => panic!("there is no request {other}"),
    };
    assert_eq!(answer.status, 202, "{}", answer.text());
    let task = answer.attribute("href").unwrap();
    (vapp, task)
}

async fn end(story: &Story, scenario: &Scenario, task: &str) {
    match scenario.end.as_str() {
        "nothing" => {}
        "cancel" => assert_eq!(story.tenant.post_empty(&format!("{task}/action/cancel")).await.status, 204),
        "timeout" => {
            let (status, told) = story.world.control("POST clock/advance", json!({ "by": "2h" })).await;
            assert_eq!((status, told["settled"].as_bool()), (200, Some(true)));
        }
        decision => {
            let blocking = story.admin.get(task).await.link("down", media::BLOCKING_TASK);
            assert_eq!(story.act(&blocking, decision, &scenario.message).await.status, 204);
        }
    }
}

async fn status(story: &Story, task: &str) -> String {
    story.tenant.get(task).await.attribute("status").unwrap()
}
