//! Recorded runs. Invariant: a run that is played again is the same to the byte, answers and messages.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::seeded_id;
use vcdsim_server::config::Record;
use vcdsim_server::control::{self, Facts};
use vcdsim_server::recording::{self, ScriptError, replay};
use vcdsim_server::spaces::Spaces;
use vcdsim_server::{Config, Instance};

/// A cloud whose run is recorded.
struct Run {
    spaces: Arc<Spaces>,
    token: Option<String>,
    file: PathBuf,
    _dir: TempDir,
}

impl Run {
    async fn begin() -> Self {
        Self::begin_with(Config::default(), json!({ "pace": "5000" })).await
    }

    /// With a configuration that these flags mean.
    async fn begin_with(mut config: Config, flags: Value) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("run.ndjson");
        let record = Record { file: file.clone(), flags };
        config.pace = vcdsim_task_engine::Pace::Fixed(5_000);
        let (instance, springs) = recording::start(&mut config, record).await.unwrap();
        instance.base_uri.set("https://vcd.test/api");
        let spaces = Arc::new(Spaces::new(&config, instance, springs).unwrap());
        Self { spaces, token: None, file, _dir: dir }
    }

    fn instance(&self) -> &Arc<Instance> {
        self.spaces.main()
    }

    fn request(&self, call: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let (verb, path) = call.split_once(' ').unwrap();
        let own = [("host", "localhost"), ("accept", "application/*+xml;version=36.0")];
        let mut headers: Vec<_> = own.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.extend(self.token.iter().map(|token| ("x-vcloud-authorization".to_owned(), token.clone())));
        Request {
            method: Method::ALL.iter().copied().find(|method| method.name() == verb),
            path: path.to_owned(),
            query: String::new(),
            headers,
            scheme: "https",
            body: body.to_owned().into(),
            upload: None,
            options: false,
        }
    }

    /// A request of the API.
    async fn send(&self, call: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let response = self.instance().serve(self.request(call, headers, body)).await.response;
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }

    /// A call of the control interface.
    async fn control(&self, call: &str, body: Value) {
        let response = self.called(call, body).await;
        assert_eq!(response.status, 200, "{:?}", response.body);
    }

    /// The same, whatever comes of it.
    async fn called(&self, call: &str, body: Value) -> Response {
        let (spaces, instance) = (Arc::clone(&self.spaces), Arc::clone(self.instance()));
        let request = self.request(&call.replace(' ', " /_mock/v1/"), &[], &body.to_string());
        let handle = async move |request: Request| control::handle(&spaces, &instance, &Facts::default(), &request).await;
        self.instance().recorder().unwrap().take(self.instance(), request, handle).await
    }

    async fn login(&mut self) {
        let basic = [("authorization", "Basic YXV0aG9yQGV4YW1wbGU6cGFzc3dvcmQ=")];
        let response = self.instance().serve(self.request("POST /api/sessions", &basic, "")).await.response;
        self.token = response.header("x-vcloud-authorization").map(str::to_owned);
        assert!(self.token.is_some());
    }

    async fn instantiate(&self, name: &str) -> String {
        let (vdc, template) = (seeded_id(Kind::Vdc, "example-vdc"), seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm"));
        let body = format!(
            "<InstantiateVAppTemplateParams xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"{name}\" deploy=\"true\" powerOn=\"true\">\
             <Source href=\"https://h/api/vAppTemplate/vappTemplate-{template}\"/><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVAppTemplateParams>"
        );
        let (status, vapp) = self.send(&format!("POST /api/vdc/{vdc}/action/instantiateVAppTemplate"), &[], &body).await;
        assert_eq!(status, 201, "{vapp}");
        let href = vapp.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        href.strip_prefix("https://localhost").unwrap().to_owned()
    }
}

/// A day: tasks that run, are blocked, time out, fail; a reset; the same again; how many requests it has.
async fn day(run: &mut Run) -> usize {
    for _ in 0..2 {
        run.login().await;
        run.control("PUT clock", json!({ "mode": "manual" })).await;
        let gate = json!({ "enabled": ["vdcDeleteVapp"], "timeoutMillis": 60_000, "timeoutAction": "fail" });
        run.control("PUT blocking-operations", gate).await;
        let vapp = run.instantiate("web").await;
        run.control("POST clock/advance", json!({ "by": "1h" })).await;
        assert!(run.send(&format!("GET {vapp}"), &[], "").await.1.contains("status=\"4\""));
        assert_eq!(run.send(&format!("POST {vapp}/action/undeploy"), &[], "<Undeploy/>").await.0, 400);
        assert_eq!(run.send(&format!("POST {vapp}/action/undeploy"), &[], "").await.0, 202);
        run.control("POST clock/run-until", json!({ "idle": true })).await;
        run.control("POST reset", json!({})).await;
        run.token = None;
    }
    2 * 10
}

/// Changes a line of the file.
fn change(file: &Path, number: usize, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let lines =
        text.lines().enumerate().map(|(index, line)| if index + 1 == number { line.replacen(from, to, 1) } else { line.to_owned() });
    let changed: Vec<_> = lines.collect();
    assert_ne!(changed.join("\n") + "\n", text, "line {number} has {from}");
    std::fs::write(file, changed.join("\n") + "\n").unwrap();
}

#[tokio::test]
async fn a_run_is_played_again_to_the_byte() {
    let mut run = Run::begin().await;
    let requests = day(&mut run).await;
    run.spaces.stop().await.unwrap();
    let played = replay(&run.file, None).await.unwrap();
    assert_eq!(played.difference, None);
    assert_eq!(played.answers, requests);
    assert!(played.messages > 20, "{played:?}");
    let half = replay(&run.file, Some(5)).await.unwrap();
    assert_eq!(half.answers, 4, "it stops where it is told to");
}

#[tokio::test]
async fn what_rules_order_for_messages_is_the_same_when_it_is_played() {
    // Nobody listens there: what becomes of messages is decided all the same.
    let amqp = AmqpSettings { host: "127.0.0.1".into(), port: 9, ..AmqpSettings::default() };
    let config = Config { amqp: Some(amqp), ..Config::default() };
    let mut run = Run::begin_with(config, json!({ "pace": "5000", "amqp": "amqp://127.0.0.1:9" })).await;
    run.login().await;
    run.control("PUT clock", json!({ "mode": "manual" })).await;
    run.control("POST broker/faults", json!({ "times": 0, "probability": 0.5, "do": { "delay": "1m±50%" } })).await;
    run.instantiate("web").await;
    run.control("POST clock/advance", json!({ "by": "1h" })).await;
    run.spaces.stop().await.unwrap();
    let text = std::fs::read_to_string(&run.file).unwrap();
    let struck = text.matches("\"fate\":").count();
    let played = replay(&run.file, None).await.unwrap();
    assert_eq!(played.difference, None);
    assert!((1..played.messages).contains(&struck), "{struck} of {}", played.messages);
    let line = text.lines().position(|line| line.contains("\"fate\":")).unwrap() + 1;
    change(&run.file, line, "rule 1 keeps it back", "rule 2 keeps it back");
    assert_eq!(replay(&run.file, None).await.unwrap().difference.unwrap().line, line);
}

#[tokio::test]
async fn a_strict_run_has_no_control_interface_when_it_is_played_either() {
    let config = Config { strict: true, ..Config::default() };
    let run = Run::begin_with(config, json!({ "pace": "5000", "strict": true })).await;
    let (status, answer) = run.send("POST /_mock/v1/clock/advance", &[], "{\"by\":\"1h\"}").await;
    assert_eq!(status, 404, "{answer}");
    run.spaces.stop().await.unwrap();
    let played = replay(&run.file, None).await.unwrap();
    assert_eq!((played.difference, played.answers), (None, 1));
}

#[tokio::test]
async fn where_a_space_listened_is_not_compared() {
    let run = Run::begin().await;
    run.control("POST spaces", json!({ "name": "one", "port": 0 })).await;
    let space = run.spaces.get("one").unwrap();
    // The port is still taken when the run is played.
    let port = space.listens_at().unwrap().rsplit(':').next().unwrap().to_owned();
    run.control("POST spaces", json!({ "name": "two", "port": 0 })).await;
    // It cannot be had twice; when the run is played it is free.
    let refused = run.called("POST spaces", json!({ "name": "three", "port": port.parse::<u16>().unwrap() })).await;
    assert_eq!(refused.status, 409, "{:?}", refused.body);
    run.control("POST spaces", json!({ "name": "three" })).await;
    let text = std::fs::read_to_string(&run.file).unwrap();
    let asked = text.lines().position(|line| line.contains("one.localhost")).unwrap() + 1;
    change(&run.file, asked, "\\\"port\\\":0", &format!("\\\"port\\\":{port}"));
    assert_eq!(replay(&run.file, Some(asked)).await.unwrap().difference, None);
    run.spaces.stop().await.unwrap();
    let played = replay(&run.file, None).await.unwrap();
    assert_eq!((played.difference, played.answers), (None, 4));
}

#[tokio::test]
async fn where_a_run_goes_otherwise_is_said() {
    let mut run = Run::begin().await;
    day(&mut run).await;
    run.spaces.stop().await.unwrap();
    let whole = std::fs::read_to_string(&run.file).unwrap();
    let line = |what: &str| whole.lines().position(|line| line.contains(what)).unwrap() + 1;

    // Another password is another answer, another name another message.
    let login = line("YXV0aG9y");
    change(&run.file, login, "YXV0aG9yQGV4YW1wbGU6cGFzc3dvcmQ=", "YXV0aG9yQGV4YW1wbGU6cGFzc3dvcmU=");
    let other = replay(&run.file, None).await.unwrap().difference.unwrap();
    assert_eq!((other.line, other.what.as_str()), (login, "/api/sessions"));
    assert!(other.recorded.contains("\"status\":200") && other.played.contains("\"status\":401"), "{other:?}");

    std::fs::write(&run.file, &whole).unwrap();
    let told = line("com/vmware/vcloud/event/vapp/create");
    change(&run.file, told, "com/vmware/vcloud/event/vapp/create", "com/vmware/vcloud/event/vapp/delete");
    let other = replay(&run.file, None).await.unwrap().difference.unwrap();
    assert_eq!((other.line, other.what.as_str()), (told, "a message"));

    std::fs::write(&run.file, whole.replace("\"at\":", "\"when\":")).unwrap();
    assert!(matches!(replay(&run.file, None).await, Err(ScriptError::Line { line: 2, .. })));
    std::fs::write(&run.file, "").unwrap();
    assert!(matches!(replay(&run.file, None).await, Err(ScriptError::Empty(_))));
}

#[tokio::test]
async fn a_state_is_brought_back_while_the_driver_waits_for_its_turn() {
    let run = Run::begin().await;
    let instance = Arc::clone(run.instance());
    let image = instance.store().image().await.unwrap();
    let restore = async move |_| {
        instance.app.cloud().keep_clock(instance.dial.hand()).await.unwrap();
        // The commit has woken the driver, which comes as far as it can.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        instance.restore(image).await.unwrap();
        Response::new(200)
    };
    let request = run.request("POST /_mock/v1/reset", &[], "");
    let response = run.instance().recorder().unwrap().take(run.instance(), request, restore).await;
    assert_eq!(response.status, 200);
    run.spaces.stop().await.unwrap();
}
