//! Commands that are calls. Invariant: a command is a row: what it is called, which call it makes, where its arguments go, and what is shown.

use super::client::{Client, asking, json};
use super::show::{Show, follow};
use super::stage::{Exit, Failure, Stage};
use clap::{Arg as ClapArg, ArgAction, ArgMatches, Command};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Number, Value, json as value};

/// What commands are about.
pub(super) struct Noun {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) verbs: &'static [Verb],
    /// The verb that is meant when there is none.
    pub(super) usual: Option<&'static str>,
}

/// A call of the control interface.
pub(super) struct Verb {
    pub(super) name: &'static str,
    what: &'static str,
    /// Verb and path, as the table of the interface has them.
    pub(super) call: &'static str,
    args: &'static [Arg],
    /// What the body says besides.
    fixed: &'static [(&'static str, &'static str)],
    /// A list of the body that is sent also when it is empty.
    list: Option<&'static str>,
    show: Show,
    follow: Follow,
    conflict: Exit,
}

/// How a list is gone on with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// Not at all.
    No,
    /// `--watch` draws it again whenever something has changed.
    Watch,
    /// What comes is printed as it comes, after the item of the number at this place.
    Tail(&'static str),
    /// The same of messages, which have documents.
    Messages,
}

/// An argument.
pub(super) struct Arg {
    name: &'static str,
    what: &'static str,
    form: Form,
    kind: Kind,
    to: To,
    /// What it is called in the query.
    sent_as: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Needed,
    Allowed,
    Option,
}

/// What an argument is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Switch,
    Many,
    Json,
}

/// Where an argument goes.
#[derive(Clone, Copy)]
enum To {
    Path,
    Query,
    /// Below this place, whose parts are separated by dots.
    Body(&'static str),
    /// Where it says itself.
    Told(fn(&str, &mut Value) -> Result<(), String>),
}

/// A request for the interface.
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) conflict: Exit,
}

impl Arg {
    const fn new(name: &'static str, what: &'static str, form: Form, to: To) -> Self {
        Self { name, what, form, kind: Kind::Word, to, sent_as: name }
    }

    /// A word of the path.
    pub(super) const fn path(name: &'static str, what: &'static str) -> Self {
        Self::new(name, what, Form::Needed, To::Path)
    }

    /// A part of the query.
    pub(super) const fn query(name: &'static str, what: &'static str) -> Self {
        Self::new(name, what, Form::Option, To::Query)
    }

    /// An option for the body.
    pub(super) const fn option(name: &'static str, place: &'static str, what: &'static str) -> Self {
        Self::new(name, what, Form::Option, To::Body(place))
    }

    /// A word for the body that must be there.
    pub(super) const fn word(name: &'static str, place: &'static str, what: &'static str) -> Self {
        Self::new(name, what, Form::Needed, To::Body(place))
    }

    /// A word that says itself what it means.
    pub(super) const fn told(name: &'static str, what: &'static str, tell: fn(&str, &mut Value) -> Result<(), String>) -> Self {
        Self::new(name, what, Form::Needed, To::Told(tell))
    }

    /// A word that may be left out.
    pub(super) const fn allowed(self) -> Self {
        Self { form: Form::Allowed, ..self }
    }

    /// One that the interface has another name for.
    pub(super) const fn sent_as(self, name: &'static str) -> Self {
        Self { sent_as: name, ..self }
    }

    /// A word that must be there.
    pub(super) const fn needed(self) -> Self {
        Self { form: Form::Needed, ..self }
    }

    /// One with a name.
    pub(super) const fn named(self) -> Self {
        Self { form: Form::Option, ..self }
    }

    pub(super) const fn number(self) -> Self {
        Self { kind: Kind::Number, ..self }
    }

    pub(super) const fn switch(self) -> Self {
        Self { kind: Kind::Switch, ..self }
    }

    pub(super) const fn many(self) -> Self {
        Self { kind: Kind::Many, ..self }
    }

    pub(super) const fn json(self) -> Self {
        Self { kind: Kind::Json, ..self }
    }

    fn clap(&self) -> ClapArg {
        let arg = ClapArg::new(self.name).help(self.what).value_name(self.name.to_uppercase().replace('-', "_"));
        let arg = match self.form {
            Form::Needed => arg.required(true),
            Form::Allowed => arg,
            Form::Option => arg.long(self.name),
        };
        match self.kind {
            Kind::Word => arg,
            Kind::Number => {
                arg.value_parser(|text: &str| text.parse::<Number>().map(Value::Number).map_err(|_not_one| "this is no number"))
            }
            Kind::Json => {
                arg.value_parser(|text: &str| serde_json::from_str::<Value>(text).map_err(|error| format!("this is no JSON: {error}")))
            }
            Kind::Switch => arg.action(ArgAction::SetTrue),
            Kind::Many => arg.action(ArgAction::Append),
        }
    }

    /// What was said, if anything was.
    fn said(&self, matches: &ArgMatches) -> Option<Value> {
        match self.kind {
            Kind::Word => matches.get_one::<String>(self.name).map(|text| value!(text)),
            Kind::Number | Kind::Json => matches.get_one::<Value>(self.name).cloned(),
            Kind::Switch => matches.get_flag(self.name).then_some(Value::Bool(true)),
            Kind::Many => matches.get_many::<String>(self.name).map(|words| value!(words.collect::<Vec<_>>())),
        }
    }
}

impl Verb {
    pub(super) const fn new(name: &'static str, what: &'static str, call: &'static str, args: &'static [Arg], show: Show) -> Self {
        Self { name, what, call, args, fixed: &[], list: None, show, follow: Follow::No, conflict: Exit::Failed }
    }

    /// With this in the body besides.
    pub(super) const fn fixed(self, fixed: &'static [(&'static str, &'static str)]) -> Self {
        Self { fixed, ..self }
    }

    /// With this list in the body, also when it is empty.
    pub(super) const fn lists(self, list: &'static str) -> Self {
        Self { list: Some(list), ..self }
    }

    /// That can be gone on with.
    pub(super) const fn follow(self, follow: Follow) -> Self {
        Self { follow, ..self }
    }

    /// That ends so when things are not as it needs them.
    pub(super) const fn conflict(self, conflict: Exit) -> Self {
        Self { conflict, ..self }
    }

    fn furnish(&self, command: Command) -> Command {
        let command = command.args(self.args.iter().map(Arg::clap));
        let number = |name: &'static str, help: &'static str| {
            ClapArg::new(name).long(name).value_name("NUMBER").value_parser(clap::value_parser!(usize)).help(help)
        };
        match self.follow {
            Follow::No => command,
            Follow::Watch => {
                let watch = ClapArg::new("watch").long("watch").action(ArgAction::SetTrue).help("Draw it again whenever something changes");
                command.arg(watch)
            }
            Follow::Tail(_) | Follow::Messages => {
                let command = command
                    .arg(number("lines", "Begin with the last so many").default_value("10"))
                    .arg(number("count", "End after so many [default: never]"));
                let xml = ClapArg::new("xml").long("xml").action(ArgAction::SetTrue).help("Print the XML documents");
                if self.follow == Follow::Messages { command.arg(xml) } else { command }
            }
        }
    }

    /// The request that the arguments mean.
    fn ask(&self, matches: &ArgMatches) -> Result<Ask, Failure> {
        let (method, path) = self.call.split_once(' ').unwrap_or(("GET", self.call));
        let mut ask = Ask { method, path: path.to_owned(), query: Vec::new(), body: None, conflict: self.conflict };
        let mut body = value!({});
        for (place, text) in self.fixed {
            put(&mut body, place, value!(text));
        }
        if let Some(list) = self.list {
            put(&mut body, list, value!([]));
        }
        for arg in self.args {
            let Some(said) = arg.said(matches) else { continue };
            let text = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
            match arg.to {
                To::Path => {
                    let word = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
                    ask.path = ask.path.replacen(&format!("{{{}}}", arg.name), &word, 1);
                }
                To::Query => ask.query.push((arg.sent_as, text)),
                To::Body(place) => put(&mut body, place, said),
                To::Told(tell) => tell(&text, &mut body).map_err(|why| Failure::usage(format!("{}: {why}", arg.name)))?,
            }
        }
        ask.body = matches!(method, "POST" | "PUT").then_some(body);
        Ok(ask)
    }

    fn play(&self, matches: &ArgMatches, stage: &mut Stage<'_>) -> Result<(), Failure> {
        let client = Client::of(matches, stage)?;
        let ask = self.ask(matches)?;
        let json = matches.get_flag("json");
        let count = |name: &str| matches.get_one::<usize>(name).copied();
        let tail = |number, form| follow::Tail { number, form, lines: count("lines").unwrap_or_default(), count: count("count") };
        match self.follow {
            Follow::Tail(number) => {
                let form = if json { follow::Form::Json } else { follow::Form::Line };
                tail(number, form).run(&client, ask, &self.show, stage)
            }
            Follow::Messages => {
                let form = match (json, matches.get_flag("xml")) {
                    (true, _) => follow::Form::Json,
                    (_, true) => follow::Form::Document,
                    _ => follow::Form::OnceEach,
                };
                tail("/event", form).run(&client, ask, &self.show, stage)
            }
            Follow::Watch if matches.get_flag("watch") => follow::watch(&client, ask, &self.show, json, stage),
            _ => {
                let answer = ask.send(&client)?;
                self.show.print(&answer, json, stage)
            }
        }
    }
}

impl Ask {
    /// Asks it.
    pub(super) fn send(&self, client: &Client) -> Result<Value, Failure> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        client.ask(&format!("{} {}{mark}{query}", self.method, self.path), self.body.as_ref(), self.conflict)
    }
}

impl Noun {
    /// Its only verb, if it has no name of its own.
    fn only(&self) -> Option<&Verb> {
        self.verbs.iter().find(|verb| verb.name == self.name)
    }

    fn usual(&self) -> Option<&Verb> {
        self.only().or_else(|| self.verbs.iter().find(|verb| Some(verb.name) == self.usual))
    }

    pub(super) fn command(&self) -> Command {
        let command = asking(Command::new(self.name).about(self.what).arg(json()));
        let command = match self.usual() {
            Some(usual) => usual.furnish(command),
            None => command.subcommand_required(true).arg_required_else_help(true),
        };
        let named = self.verbs.iter().filter(|verb| verb.name != self.name);
        command.subcommands(named.map(|verb| verb.furnish(Command::new(verb.name).about(verb.what))))
    }

    pub(super) fn play(&self, matches: &ArgMatches, stage: &mut Stage<'_>) -> Result<(), Failure> {
        let (verb, matches) = match matches.subcommand() {
            Some((name, matches)) => (self.verbs.iter().find(|verb| verb.name == name), matches),
            None => (self.usual(), matches),
        };
        verb.map_or(Ok(()), |verb| verb.play(matches, stage))
    }
}

/// Puts something at a place of the body.
pub(super) fn put(body: &mut Value, place: &str, what: Value) {
    let mut at = body;
    for part in place.split('.') {
        at = &mut at[part];
    }
    *at = what;
}
