//! How guests are prepared. Invariant: a password that is not drawn is there.

use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::family::vm::{GuestCustomization, Secret, Settings};

/// What is to be different about the preparation of a guest; `None` leaves it as it is, an empty text takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is what the settings of that name are to be")]
pub struct GuestRequest {
    pub enabled: Option<bool>,
    pub computer_name: Option<String>,
    pub change_sid: Option<bool>,
    pub join_domain: Option<bool>,
    pub use_org_settings: Option<bool>,
    pub domain: Option<String>,
    pub domain_user: Option<String>,
    pub domain_password: Option<Secret>,
    pub machine_ou: Option<String>,
    pub admin_password_enabled: Option<bool>,
    pub admin_password_auto: Option<bool>,
    pub admin_password: Option<Secret>,
    pub auto_logon: Option<bool>,
    pub auto_logon_count: Option<i32>,
    pub reset_password: Option<bool>,
    pub script: Option<String>,
}

/// How much a script may have.
const SCRIPT: usize = 49_000;

/// The preparation with these changes.
pub(super) fn apply(was: GuestCustomization, asked: &GuestRequest) -> Result<GuestCustomization, Fault> {
    let old = was.settings;
    let text = |asked: &Option<String>, old: Option<String>| asked.clone().or(old).filter(|text| !text.is_empty());
    let secret = |asked: &Option<Secret>, old: Option<Secret>| asked.clone().or(old).filter(|secret| !secret.0.is_empty());
    let auto = asked.admin_password_auto.unwrap_or(old.admin_password_auto);
    let settings = Settings {
        change_sid: asked.change_sid.unwrap_or(old.change_sid),
        join_domain: asked.join_domain.unwrap_or(old.join_domain),
        use_org_settings: asked.use_org_settings.unwrap_or(old.use_org_settings),
        domain: text(&asked.domain, old.domain),
        domain_user: text(&asked.domain_user, old.domain_user),
        domain_password: secret(&asked.domain_password, old.domain_password),
        machine_ou: text(&asked.machine_ou, old.machine_ou),
        admin_password_enabled: asked.admin_password_enabled.unwrap_or(old.admin_password_enabled),
        admin_password_auto: auto,
        admin_password: secret(&asked.admin_password, old.admin_password).filter(|_| !auto),
        auto_logon: asked.auto_logon.unwrap_or(old.auto_logon),
        auto_logon_count: asked.auto_logon_count.unwrap_or(old.auto_logon_count),
        reset_password: asked.reset_password.unwrap_or(old.reset_password),
        script: text(&asked.script, old.script),
    };
    check(&settings)?;
    let computer_name = asked.computer_name.clone().filter(|name| !name.is_empty()).unwrap_or(was.computer_name);
    check_computer_name(&computer_name)?;
    Ok(GuestCustomization { enabled: asked.enabled.unwrap_or(was.enabled), computer_name, settings })
}

fn check(settings: &Settings) -> Result<(), Fault> {
    let wrong = |message: &str| Err(Fault::bad_request(message.to_owned()));
    if settings.admin_password_enabled && !settings.admin_password_auto && settings.admin_password.is_none() {
        return wrong("AdminPassword is missing, which AdminPasswordAuto false asks for.");
    }
    let credentials = settings.domain.is_some() && settings.domain_user.is_some() && settings.domain_password.is_some();
    if settings.join_domain && !settings.use_org_settings && !credentials {
        return wrong("JoinDomainEnabled needs DomainName, DomainUserName and DomainUserPassword, or UseOrgSettings.");
    }
    if settings.auto_logon_count < 0 {
        return wrong("AdminAutoLogonCount must not be negative.");
    }
    if settings.script.as_ref().is_some_and(|script| script.len() > SCRIPT) {
        return Err(Fault::bad_request(format!("CustomizationScript must not have more than {SCRIPT} bytes.")));
    }
    Ok(())
}

fn check_computer_name(name: &str) -> Result<(), Fault> {
    let fits = name.chars().count() <= 63 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if fits && !name.chars().all(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(Fault::bad_request("ComputerName must have at most 63 letters, digits and hyphens, and not digits alone."))
}
