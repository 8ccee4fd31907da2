//! How guests are prepared. Invariant: passwords are in no text that people read: neither in logs nor in messages.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a guest is prepared when it is first powered on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestCustomization {
    /// Whether it is prepared at all.
    pub enabled: bool,
    /// The guest's name.
    pub computer_name: String,
    /// What else is set.
    #[serde(default)]
    pub settings: Settings,
}

impl GuestCustomization {
    /// The same for whoever gets a copy: passwords stay behind, and the administrator's is drawn where it was set.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let Settings { admin_password_auto, admin_password, .. } = &self.settings;
        let admin_password_auto = *admin_password_auto || admin_password.is_some();
        let join_domain = self.settings.join_domain && self.settings.use_org_settings;
        let settings = Settings { admin_password_auto, admin_password: None, domain_password: None, join_domain, ..self.settings.clone() };
        Self { settings, ..self.clone() }
    }
}

/// What is set in a guest besides its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether Windows gets a new security identifier.
    pub change_sid: bool,
    /// Whether the guest joins a domain.
    pub join_domain: bool,
    /// Whether that is the organization's domain.
    pub use_org_settings: bool,
    /// The domain.
    pub domain: Option<String>,
    /// Who may join it.
    pub domain_user: Option<String>,
    /// That user's password.
    pub domain_password: Option<Secret>,
    /// The guest's place in the domain.
    pub machine_ou: Option<String>,
    /// Whether the administrator's password is set.
    pub admin_password_enabled: bool,
    /// Whether it is drawn.
    pub admin_password_auto: bool,
    /// The administrator's password, when it is not drawn.
    pub admin_password: Option<Secret>,
    /// Whether the administrator is logged on without being asked.
    pub auto_logon: bool,
    /// How often.
    pub auto_logon_count: i32,
    /// Whether the administrator has to choose another password.
    pub reset_password: bool,
    /// What runs before and after.
    pub script: Option<String>,
}

impl Default for Settings {
    /// A password that is drawn, and nothing else.
    fn default() -> Self {
        Self {
            change_sid: false,
            join_domain: false,
            use_org_settings: false,
            domain: None,
            domain_user: None,
            domain_password: None,
            machine_ou: None,
            admin_password_enabled: true,
            admin_password_auto: true,
            admin_password: None,
            auto_logon: false,
            auto_logon_count: 0,
            reset_password: false,
            script: None,
        }
    }
}

/// A password that a guest is to have.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_for_others_has_no_passwords() {
        let secret = || Some(Secret("hunter2".to_owned()));
        let settings = Settings {
            admin_password: secret(),
            admin_password_auto: false,
            join_domain: true,
            domain_password: secret(),
            ..Settings::default()
        };
        let copied = GuestCustomization { settings, ..GuestCustomization::default() }.without_secrets().settings;
        assert_eq!((copied.admin_password, copied.domain_password), (None, None));
        assert!(copied.admin_password_auto && !copied.join_domain, "what needs them is not asked for any more");
    }

    #[test]
    fn no_log_shows_a_password() {
        let settings = Settings { admin_password: Some(Secret("hunter2".to_owned())), ..Settings::default() };
        let guest = GuestCustomization { settings, ..GuestCustomization::default() };
        assert!(!format!("{guest:?}").contains("hunter2"));
    }
}
