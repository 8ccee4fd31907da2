//! What the help says, and that the tables say what the interface has.

use super::*;

/// The help of a command and of all below it.
fn help(mut command: Command, name: &str) -> String {
    let mut told = format!("$ {name} --help\n\n{}\n", command.render_long_help());
    let below: Vec<_> = command.get_subcommands().filter(|below| below.get_name() != "help").cloned().collect();
    for below in below {
        let name = format!("{name} {}", below.get_name());
        told.push_str(&help(below.bin_name(name.clone()), &name));
    }
    told
}

#[test]
fn help_says_all_there_is() {
    let mut whole = command().term_width(120);
    whole.build();
    for name in ["tasks", "blocking", "clock", "snapshot", "wait", "env", "run", "amqp", "fault"] {
        let command = whole.find_subcommand(name).unwrap().clone().term_width(120);
        let told = help(command, &format!("vcdsim {name}"));
        snap!(format!("help-{name}"), told);
    }
    let whole = whole.render_help().to_string();
    snap!("help", whole);
}

#[test]
fn the_command_line_is_consistent() {
    command().debug_assert();
}

/// What the interface has for other programs.
const FOR_OTHERS: &[&str] = &["openapi.json", "metrics", "coverage"];

#[test]
fn every_call_has_a_command_and_every_command_a_call() {
    let fits = |call: &str, method: &str, path: &str| {
        let (verb, words) = call.split_once(' ').unwrap();
        let same = |(one, other): (&str, &str)| one == other || one.starts_with('{') || other.starts_with('{');
        verb == method && words.split('/').count() == path.split('/').count() && words.split('/').zip(path.split('/')).all(same)
    };
    let calls: Vec<(String, String)> =
        crate::control::verbs_and_paths().map(|(method, path)| (method.name().to_owned(), path.to_owned())).collect();
    let verbs: Vec<&str> = NOUNS.iter().flat_map(|noun| noun.verbs).map(|verb| verb.call).collect();
    let special = ["GET live", "GET ready", "GET version", "GET ca.pem", "GET env"];
    for call in &verbs {
        assert!(calls.iter().any(|(method, path)| fits(call, method, path)), "no call {call}");
    }
    for (method, path) in calls.iter().filter(|(_, path)| !FOR_OTHERS.contains(&path.as_str())) {
        assert!(verbs.iter().chain(&special).any(|call| fits(call, method, path)), "no command makes {method} {path}");
    }
}

#[test]
fn completions_name_the_commands() {
    for (shell, has) in [("bash", "vcdsim__subcmd__tasks"), ("zsh", "run-until"), ("fish", "snapshot")] {
        let ended = play(&["completions", shell]);
        assert!(ended.exit == Exit::Done && ended.out.contains(has), "{shell}: {}", ended.out.len());
    }
    assert_eq!(play(&["completions", "dos"]).exit, Exit::Usage);
}
