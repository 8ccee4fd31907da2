//! How commands end.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::Command as Process;

#[test]
fn nobody_there_is_four() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    for words in
        [&["tasks"][..], &["doctor"], &["env"], &["reset"], &["wait", "--for", "ready", "--timeout", "0s"], &["wait", "--for", "task:x"]]
    {
        let ended = play(&[words, &["--url", &url]].concat());
        assert_eq!(ended.exit, Exit::Unreachable, "{words:?}: {ended:?}");
        assert!(ended.err.contains(&url) && ended.err.contains("VCDSIM_URL") && ended.out.is_empty(), "{ended:?}");
    }
}

#[test]
fn a_server_that_begins_late_is_waited_for() {
    let server = Server::new();
    assert_eq!(server.done(&["wait", "--for", "ready", "--timeout", "5s"]), "The server is ready.\n");
}

/// Nobody takes the connection from the system, so that what is asked is never answered.
#[test]
fn a_server_that_says_nothing_is_waited_for_no_longer_than_was_said() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", mute.local_addr().unwrap());
    let (ended, is_ended) = std::sync::mpsc::channel();
    for goal in ["ready", "task:x", "message:#"] {
        let (url, ended) = (url.clone(), ended.clone());
        std::thread::spawn(move || ended.send(play(&["wait", "--for", goal, "--timeout", "10ms", "--url", &url])));
    }
    for _ in 0..3 {
        let ended = is_ended.recv_timeout(std::time::Duration::from_secs(60)).expect("it ends");
        assert!(ended.exit == Exit::Unreachable && ended.err.contains("no server answers"), "{ended:?}");
    }
}

/// A server of somebody else's, that answers everything so.
fn stranger(status: &str, media: &str, body: &str) -> String {
    let (listener, answer) = (TcpListener::bind("127.0.0.1:0").unwrap(), format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\n"));
    let answer = format!("{answer}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut peer in listener.incoming().map_while(Result::ok) {
            let head = BufReader::new(peer.try_clone().unwrap()).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            assert!(head.count() > 0);
            peer.write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn a_server_without_a_control_interface_is_four() {
    for (status, media, body) in [
        ("404 Not Found", "text/html", "<h1>Nothing here</h1>"),
        ("404 Not Found", "application/json", r#"{"error":"Not Found"}"#),
        ("400 Bad Request", "application/json", r#"{"title":"Bad","detail":null}"#),
        ("503 Service Unavailable", "application/json", "[]"),
        ("401 Unauthorized", "application/json", "\"who?\""),
        ("200 OK", "text/html", "<h1>Welcome</h1>"),
    ] {
        let url = stranger(status, media, body);
        for words in [&["tasks"][..], &["wait", "--for", "ready", "--timeout", "0s"]] {
            let ended = play(&[words, &["--url", &url]].concat());
            let told = ended.err.contains("not as a control interface") && ended.err.contains(&url);
            assert!(ended.exit == Exit::Unreachable && told, "{status} {body}: {ended:?}");
        }
    }
}

#[test]
fn what_is_not_understood_is_two() {
    let server = Server::new();
    for words in [
        &["tasks", "hold"][..],
        &["tasks", "jump"],
        &["clock", "advance", "soon"],
        &["clock", "run-until", "doomsday"],
        &["wait", "--for", "rain"],
        &["wait", "--for", "ready", "--timeout", "soon"],
        &["tasks", "--status", "sleeping"],
        &["respond", "add", "shrug"],
    ] {
        let ended = server.play(words);
        assert!(ended.exit == Exit::Usage && !ended.err.is_empty(), "{words:?}: {ended:?}");
    }
    assert_eq!(play(&["tasks", "--url", "ftp://x"]).exit, Exit::Usage);
    assert!(server.play(&["tasks", "--status", "succes"]).err.contains("Did you mean success"));
}

#[test]
fn what_is_refused_is_one_and_says_why() {
    let server = Server::new();
    let ended = server.play(&["tasks", "show", "00000000-0000-0000-0000-000000000000"]);
    assert!(ended.exit == Exit::Failed && ended.err.contains("There is no task"), "{ended:?}");
    let task = server.task("success");
    let ended = server.play(&["tasks", "hold", &task]);
    assert!(ended.exit == Exit::Failed && ended.err.contains("has ended"), "{ended:?}");
}

#[test]
fn waiting_ends_with_three_when_it_is_not_so_in_time() {
    let server = Server::new();
    let blocked = server.task("preRunning");
    let ended = server.play(&["wait", "--for", &format!("task:{blocked}=success"), "--timeout", "10ms"]);
    assert!(ended.exit == Exit::NotSo && ended.err.contains("tasks explain"), "{ended:?}");
    let ended = server.play(&["wait", "--for", "message:#.nothing", "--timeout", "10ms"]);
    assert_eq!(ended.exit, Exit::NotSo, "{ended:?}");
    server.done(&["wait", "--for", &format!("task:{blocked}=preRunning"), "--timeout", "0s"]);
    server.done(&["tasks", "cancel", &blocked]);
    let ended = server.play(&["wait", "--for", &format!("task:{blocked}=success"), "--timeout", "10m"]);
    assert!(ended.exit == Exit::NotSo && ended.err.contains("will not be success"), "it does not wait for what cannot come: {ended:?}");
    assert!(server.done(&["wait", "--for", &format!("task:{blocked}")]).contains("is canceled"), "whatever its end");
    assert!(server.done(&["wait", "--for", "message:#.blockingtask.create.#"]).contains("blockingtask.create"));
}

#[test]
fn waiting_ends_as_soon_as_it_is_so() {
    let server = Server::of(Driven::ByItself);
    let blocked = server.task("preRunning");
    let (url, goal) = (server.origin.clone(), format!("task:{blocked}=success"));
    let waiting = std::thread::spawn(move || play(&["wait", "--for", &goal, "--timeout", "30s", "--url", &url]));
    server.done(&["tasks", "succeed", &blocked]);
    assert_eq!(waiting.join().unwrap().exit, Exit::Done);
}

#[test]
fn what_did_not_come_as_expected_is_three() {
    let server = Server::new();
    server.task("success");
    server.done(&["amqp", "verify", "--key", "#.task.complete.#"]);
    let ended = server.play(&["amqp", "verify", "--key", "#.task.complete.#", "--exactly", "7"]);
    assert!(ended.exit == Exit::NotSo && ended.err.contains("exactly 7"), "{ended:?}");
    assert_eq!(server.play(&["requests", "verify", "--method", "POST"]).exit, Exit::NotSo);
    let held = server.task("running");
    let ended = server.play(&["clock", "run-until", &format!("task:{held}=success"), "--limit", "1d"]);
    assert_eq!(ended.exit, Exit::NotSo, "{ended:?}");
}

#[test]
fn a_server_that_does_not_know_the_call_is_five() {
    let client = client::Client::new(&Server::new().origin, None, None).unwrap();
    let failure = client.get("from-the-future").unwrap_err();
    assert!(failure.exit == Exit::Refused && failure.text.contains("doctor"), "{failure:?}");
}

#[test]
fn states_are_saved_and_brought_back() {
    let server = Server::new();
    let before = server.done(&["state", "digest"]);
    server.done(&["snapshot", "save", "before"]);
    server.task("success");
    assert_ne!(server.done(&["state", "digest"]), before);
    assert!(server.done(&["snapshot", "diff", "before", "now"]).contains("task"));
    assert!(server.done(&["snapshot"]).contains("before"));
    server.done(&["snapshot", "load", "before"]);
    assert_eq!(server.done(&["snapshot", "diff", "before", "now"]), "There is no difference.\n");
    assert_eq!(server.json(&["tasks"])["items"], json!([]));
    server.done(&["snapshot", "rm", "before"]);
    let ended = server.play(&["snapshot", "load", "before"]);
    assert!(ended.exit == Exit::Failed && ended.err.contains("There is no snapshot"), "{ended:?}");
    server.task("success");
    server.done(&["reset"]);
    assert_eq!(server.json(&["tasks"])["items"], json!([]));
}

#[test]
fn the_environment_works_in_a_shell() {
    let server = Server::new();
    let script = server.done(&["env", "--user", "author@example"]);
    let print = "printf '%s %s %s %s %s' \"$VCD_URL\" \"$VCD_USER\" \"$VCD_ORG\" \"$VCD_PASSWORD\" \"$VCDSIM_URL\"";
    let told = Process::new("sh").args(["-c", &format!("{script}\n{print}")]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told, format!("{0}/api author example password {0}", server.origin));
    let words: Vec<_> = told.split(' ').collect();
    assert_eq!(status_of_login(words[0], &format!("{}@{}", words[1], words[2]), words[3]), 200);
}

#[test]
fn a_user_may_be_named_as_a_mailbox_is() {
    let told = Server::new().done(&["env", "--user", "ann@corp.test@example", "--format", "dotenv"]);
    assert!(told.contains("VCD_USER=\"ann@corp.test\"\n") && told.contains("VCD_ORG=\"example\"\n"), "{told}");
}

/// What a session is answered with that is asked for with these.
fn status_of_login(api: &str, user: &str, password: &str) -> u16 {
    use base64::Engine;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{api}/sessions")).header("accept", "application/*+xml;version=30.0");
    request.header("authorization", format!("Basic {basic}")).send_empty().unwrap().status().as_u16()
}

#[test]
fn a_space_is_meant_when_it_is_named() {
    let server = Server::new();
    server.done(&["space", "add", "alone"]);
    let made = server.json(&["tasks", "make", "vdcInstantiateVapp", "example-vdc", "--space", "alone"]);
    assert_eq!(server.json(&["tasks"])["items"], json!([]));
    assert_eq!(server.json(&["tasks", "--space", "alone"])["items"][0]["id"], made["id"]);
    assert!(server.done(&["env", "--space", "alone"]).contains("http://alone.localhost:"));
    server.done(&["space", "rm", "alone"]);
    assert_eq!(server.play(&["tasks", "--space", "alone"]).exit, Exit::Failed);
}

/// What `run` is told and comes to.
fn run(script: &str) -> u8 {
    run_with(&["--https", "off"], script).unwrap()
}

fn run_with(options: &[&str], script: &str) -> Result<u8, String> {
    use clap::FromArgMatches;
    let matches = command().get_matches_from([&["vcdsim", "run"], options, &["--", "sh", "-c", script]].concat());
    let cli = Cli::from_arg_matches(&matches).unwrap();
    let Some(crate::Command::Run { command, .. }) = cli.command.clone() else { panic!("no run") };
    actix_web::rt::System::new().block_on(run::run(Config::load(&cli).unwrap(), &command))
}

#[test]
fn run_finds_a_server_that_listens_everywhere() {
    for everywhere in ["0.0.0.0:0", "[::]:0"] {
        let here = if everywhere.starts_with('0') { "http://127.0.0.1:" } else { "http://[::1]:" };
        let script = format!(
            "case \"$VCDSIM_URL\" in {}*) ;; *) exit 3;; esac; test \"$VCD_URL\" = \"$VCDSIM_URL/api\" && test \"$VCDSIM_TOKEN\" = sixteen-letters-1",
            here.replace('[', "'['")
        );
        assert_eq!(
            run_with(&["--https", "off", "--http", everywhere, "--control-token", "sixteen-letters-1"], &script),
            Ok(0),
            "{everywhere}"
        );
    }
    assert_eq!(run_with(&["--https", "off", "--http", "0.0.0.0:0"], "test ${#VCDSIM_TOKEN} = 32"), Ok(0), "it is drawn");
}

#[test]
fn run_refuses_what_leaves_it_nobody_to_ask() {
    for (options, word) in [(["--https", "off", "--strict"].as_slice(), "--strict"), (&["--http", "off"], "--http is off")] {
        let refused = run_with(options, "exit 0").unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn run_passes_the_exit_code_through() {
    assert_eq!(run("exit 7"), 7);
    assert_eq!(run("kill -KILL $$"), 137);
    assert_eq!(run("test \"$VCD_URL\" = \"$VCDSIM_URL/api\" && test \"$VCD_USER@$VCD_ORG\" = administrator@System"), 0);
}

#[test]
fn run_tells_what_was_left_behind() {
    let server = Server::new();
    let told = |server: &Server| run::summary(&client::Client::new(&server.origin, None, None).unwrap()).unwrap();
    assert!(told(&server).contains("nothing was left behind"));
    let task = server.task("preRunning");
    server.done(&["fault", "add", "GET /api/org", "--status", "500"]);
    assert_eq!(status_of_login(&format!("{}/api/nowhere", server.origin), "author@example", "password"), 404);
    let told = told(&server);
    for line in [
        "1 task unfinished",
        &task,
        "1 task blocked",
        "1 fault that never fired",
        "1 request that nothing served",
        "POST /api/nowhere/sessions",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn a_seed_file_is_loaded_or_refused_with_the_place_of_the_mistake() {
    let server = Server::new();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cloud.toml");
    std::fs::write(&file, "[[orgs]]\nname = \"acme\"\n").unwrap();
    server.done(&["seed", "load", file.to_str().unwrap()]);
    assert!(server.done(&["state"]).contains("objects.Org: 2\n"), "{}", server.done(&["state"]));
    std::fs::write(&file, "[[orgs]]\nnane = \"acme\"\n").unwrap();
    let ended = server.play(&["seed", "load", file.to_str().unwrap()]);
    assert!(ended.exit == Exit::Usage && ended.err.contains("line 2, column 1"), "{ended:?}");
    let ended = server.play(&["seed", "check", file.to_str().unwrap()]);
    assert!(ended.exit == Exit::Usage && ended.err.contains("line 2, column 1"), "{ended:?}");
    std::fs::write(&file, "[[orgs]]\nname = \"umbrella\"\n").unwrap();
    let told = server.done(&["seed", "check", file.to_str().unwrap()]);
    assert!(told.contains("Org \"umbrella\" was made\n") && told.contains("Org \"acme\" is gone\n"), "{told}");
    assert!(server.done(&["seed", "check", file.to_str().unwrap(), "--json"]).contains("\"digest\""));
    server.done(&["seed", "load", file.to_str().unwrap()]);
    assert!(!server.done(&["seed", "check", file.to_str().unwrap()]).contains("Org "), "only what differs is told");
}
