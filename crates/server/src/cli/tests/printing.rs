//! What commands print.

use super::*;

/// Says whenever it has been drawn for, and has enough after so many times.
struct Reader {
    heard: Vec<u8>,
    enough: usize,
    drawn: std::sync::mpsc::Sender<()>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.enough -= 1;
        self.drawn.send(()).unwrap();
        if self.enough == 0 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

#[test]
fn tables_stand_in_columns() {
    let server = Server::new();
    server.done(&["blocking", "set", "vdcInstantiateVapp", "vdcComposeVapp", "--timeout-millis", "60000", "--then", "abort"]);
    for status in ["success", "preRunning", "running"] {
        server.task(status);
    }
    server.done(&["fault", "add", "POST */action/composeVApp", "--status", "500", "--times", "2"]);
    server.done(&["respond", "add", "abort", "--operation", "vdcComposeVapp", "--after", "30s"]);
    server.done(&["plan", "set", "vappDeploy", "--pace", "polls:3"]);
    let mut told = String::new();
    for words in [
        &["tasks"][..],
        &["tasks", "--status", "preRunning"],
        &["blocking"],
        &["blocking", "operations"],
        &["clock"],
        &["clock", "timers"],
        &["clock", "advance", "30s"],
        &["fault"],
        &["respond"],
        &["plan"],
        &["plan", "show", "vappDeploy"],
        &["timeline", "--limit", "4"],
        &["amqp", "tail", "--lines", "3", "--count", "3"],
        &["explain", "GET", "/api/admin/extension/blockingTasks", "author@example"],
    ] {
        let ended = server.play(words);
        told.push_str(&format!("$ vcdsim {}\n{}{}\n", words.join(" "), ended.out, ended.err.replace(&server.origin, "URL")));
    }
    snap!("tables", told);
}

#[test]
fn the_environment_is_written_for_whom_it_is_for() {
    let server = Server::new();
    let mut told = String::new();
    for format in ["sh", "dotenv", "json", "tfvars", "govcd", "pyvcloud"] {
        told.push_str(&format!("$ vcdsim env --format {format}\n{}\n", server.done(&["env", "--format", format])));
    }
    snap!("env", told.replace(&server.origin, "http://127.0.0.1:8080"));
}

#[test]
fn a_doctor_says_what_to_do() {
    let server = Server::new();
    server.task("preRunning");
    let told = server.done(&["doctor"]).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    snap!("doctor", told.replace(&server.origin, "http://127.0.0.1:8080"));
}

#[test]
fn a_table_is_drawn_again_when_something_has_changed() {
    let server = Server::new();
    server.task("success");
    let url = server.origin.clone();
    let (drawn, is_drawn) = std::sync::mpsc::channel();
    let watching = std::thread::spawn(move || {
        let mut reader = Reader { heard: Vec::new(), enough: 2, drawn };
        let exit = play_to(&["tasks", "--watch", "--url", &url], &mut reader, &mut Vec::new());
        (exit, String::from_utf8(reader.heard).unwrap())
    });
    is_drawn.recv().unwrap();
    server.done(&["tasks", "make", "vappDeploy", "example-vdc", "--status", "running"]);
    let (exit, told) = watching.join().unwrap();
    assert_eq!(exit, Exit::Done, "who has enough is no failure");
    let (first, second) = told.split_once(" here at ").unwrap();
    assert!(!first.contains("vappDeploy") && second.contains("vappDeploy"), "{told}");
}

#[test]
fn messages_are_told_as_they_come() {
    let server = Server::new();
    let url = server.origin.clone();
    let tailing = std::thread::spawn(move || play(&["amqp", "tail", "--key", "#.task.complete.#", "--count", "2", "--xml", "--url", &url]));
    server.task("success");
    server.task("success");
    let told = tailing.join().unwrap();
    assert_eq!((told.exit, told.out.matches("<vmext:Notification ").count()), (Exit::Done, 2), "{told:?}");
    let json = server.done(&["amqp", "tail", "--count", "4", "--json", "--key", "#.task.complete.#"]);
    assert_eq!(json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["routingKey"].is_string()).filter(|is| *is).count(), 4);
}

#[test]
fn what_comes_first_of_all_is_told() {
    let server = Server::new();
    let url = server.origin.clone();
    let (drawn, is_drawn) = std::sync::mpsc::channel();
    let tailing = std::thread::spawn(move || {
        let mut reader = Reader { heard: Vec::new(), enough: 9, drawn };
        let exit = play_to(&["requests", "tail", "--lines", "0", "--count", "1", "--url", &url], &mut reader, &mut Vec::new());
        (exit, String::from_utf8(reader.heard).unwrap())
    });
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for path in ["first", "second"] {
        is_drawn.recv().unwrap();
        assert_eq!(agent.get(format!("{}/api/{path}", server.origin)).call().unwrap().status(), 404);
    }
    let (exit, told) = tailing.join().unwrap();
    assert!(exit == Exit::Done && told.contains("/api/first") && !told.contains("/api/second"), "{told}");
}

#[test]
fn messages_are_told_after_a_reset_as_well() {
    let server = Server::new();
    server.task("success");
    server.task("success");
    let url = server.origin.clone();
    let (drawn, is_drawn) = std::sync::mpsc::channel();
    let tailing = std::thread::spawn(move || {
        let mut reader = Reader { heard: Vec::new(), enough: 2, drawn };
        play_to(&["amqp", "tail", "--key", "#.task.complete.#", "--url", &url], &mut reader, &mut Vec::new());
        String::from_utf8(reader.heard).unwrap()
    });
    is_drawn.recv().unwrap();
    assert!(server.done(&["reset"]).ends_with("struck nothing: none\n"));
    server.task("success");
    let told = tailing.join().unwrap();
    assert_eq!(told.matches("task.complete").count(), 3, "though its number is lower than the last one: {told}");
}

#[test]
fn colours_are_for_terminals_alone() {
    let items = [json!({ "status": "success", "name": "é" }), json!({ "status": "error", "name": "long name" })];
    let columns = [("NAME", "/name"), ("STATUS", "/status")];
    assert_eq!(show::table(&columns, &items, false), "NAME       STATUS\né          success\nlong name  error\n");
    let coloured = show::table(&columns, &items, true);
    assert!(coloured.contains("\u{1b}[32msuccess\u{1b}[0m") && coloured.contains("\u{1b}[31merror"), "{coloured}");
}
