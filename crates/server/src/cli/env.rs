//! `vcdsim env`. Invariant: what it prints is understood by whom it is for, whatever characters are in it.

use super::client::{Client, asking};
use super::show::text;
use super::stage::{Exit, Failure, Stage};
use clap::{Arg, ArgMatches, Command};
use serde_json::{Map, Value, json};

/// How it is written down: the name, and what it is for.
const FORMATS: [&str; 6] = ["sh", "dotenv", "json", "tfvars", "govcd", "pyvcloud"];

pub(super) fn command() -> Command {
    let format = Arg::new("format").long("format").value_name("FORMAT").default_value("sh").value_parser(FORMATS);
    let user = Arg::new("user").long("user").value_name("USER@ORG").help("Who signs in [default: administrator@System]");
    let about = "Print what clients need to find the cloud and sign in";
    let format = format.help("How: for a shell, an .env file, programs, Terraform, the tests of go-vcloud-director, Python");
    asking(Command::new("env").about(about).arg(format).arg(user))
}

pub(super) fn play(matches: &ArgMatches, stage: &mut Stage<'_>) -> Result<(), Failure> {
    let client = Client::of(matches, stage)?;
    let place = Place::of(&client, matches.get_one::<String>("user").map(String::as_str))?;
    let format = matches.get_one::<String>("format").map_or("sh", String::as_str);
    Ok(stage.out.write_all(place.written(format).as_bytes())?)
}

/// Where the cloud is, and who signs in.
pub(super) struct Place {
    control: String,
    space: Option<String>,
    /// The origin that clients are best sent to.
    origin: String,
    user: String,
    org: String,
    password: String,
}

impl Place {
    /// As the server says.
    pub(super) fn of(client: &Client, user: Option<&str>) -> Result<Self, Failure> {
        let told = client.get("env")?;
        let split = |user: &str| user.rsplit_once('@').map(|(user, org)| (user.to_owned(), org.to_owned()));
        let (user, org) = match user {
            None => (text(&told, "/user"), text(&told, "/org")),
            Some(user) => split(user).ok_or_else(|| Failure::new(Exit::Usage, format!("--user is USER@ORG, not \"{user}\".")))?,
        };
        let of = |name: &str| told[name].as_str().map(str::to_owned);
        let origin = of("https").or_else(|| of("http")).unwrap_or_else(|| client.origin.clone());
        Ok(Self { control: client.origin.clone(), space: of("space"), origin, user, org, password: text(&told, "/password") })
    }

    /// The variables: ours, and those that Terraform's provider reads.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("VCDSIM_URL", self.control.clone())];
        all.extend(self.space.clone().map(|space| ("VCDSIM_SPACE", space)));
        all.extend([
            ("VCD_URL", format!("{}/api", self.origin)),
            ("VCD_USER", self.user.clone()),
            ("VCD_PASSWORD", self.password.clone()),
            ("VCD_ORG", self.org.clone()),
            ("VCD_ALLOW_UNVERIFIED_SSL", "true".to_owned()),
        ]);
        all
    }

    fn written(&self, format: &str) -> String {
        let variables = self.variables();
        let lines = |line: &dyn Fn(&str, &str) -> String| variables.iter().map(|(name, value)| line(name, value) + "\n").collect();
        match format {
            "dotenv" => lines(&|name, value| format!("{name}={}", quoted(value))),
            "json" => {
                let all: Map<String, Value> = variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                format!("{:#}\n", Value::Object(all))
            }
            "tfvars" => self.terraform(),
            "govcd" => self.yaml(),
            "pyvcloud" => self.python(),
            _ => lines(&|name, value| format!("export {name}='{}'", value.replace('\'', r"'\''"))),
        }
    }

    fn terraform(&self) -> String {
        let [url, user, password, org] = [&format!("{}/api", self.origin), &self.user, &self.password, &self.org].map(|text| quoted(text));
        format!(
            "vcd_url                  = {url}\nvcd_user                 = {user}\nvcd_password             = {password}\n\
             vcd_org                  = {org}\nvcd_allow_unverified_ssl = true\n"
        )
    }

    /// The beginning of the file that the tests of go-vcloud-director read.
    fn yaml(&self) -> String {
        let [url, user, password, org] = [&format!("{}/api", self.origin), &self.user, &self.password, &self.org].map(|text| quoted(text));
        format!(
            "provider:\n  url: {url}\n  user: {user}\n  password: {password}\n  sysOrg: {org}\n  allowInsecure: true\n\
             vcd:\n  org: example\n  vdc: example-vdc\n  catalog:\n    name: example-catalog\n    catalogItem: photon-1vm\n"
        )
    }

    fn python(&self) -> String {
        let [origin, user, org, password] = [&self.origin, &self.user, &self.org, &self.password].map(|text| quoted(text));
        format!(
            "from pyvcloud.vcd.client import BasicLoginCredentials, Client\n\nclient = Client({origin}, verify_ssl_certs=False)\n\
             client.set_credentials(BasicLoginCredentials({user}, {org}, {password}))\n"
        )
    }
}

/// In double quotes, as JSON, YAML, Terraform, Python and .env files read them.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}
