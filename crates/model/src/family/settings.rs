//! System settings. Invariant: each is one document under one key; a missing one has its default.

use crate::blocking::TimeoutAction;
use crate::operation::Operation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A settings document.
pub trait Setting: Serialize + DeserializeOwned + Default + Clone + Send + Sync + 'static {
    /// The key it is kept under.
    const KEY: &'static str;
}

/// Which operations block, and what happens when nobody decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingTaskSettings {
    /// The operations that block.
    pub operations: BTreeSet<Operation>,
    /// How long a blocking task waits, in milliseconds.
    pub timeout_millis: i64,
    /// What happens then.
    pub timeout_action: TimeoutAction,
}

impl Default for BlockingTaskSettings {
    /// Five days and abort, as a fresh server has it (reference section 3).
    fn default() -> Self {
        Self { operations: BTreeSet::new(), timeout_millis: 432_000_000, timeout_action: TimeoutAction::Abort }
    }
}

impl Setting for BlockingTaskSettings {
    const KEY: &'static str = "blockingTask";
}

/// Where messages go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmqpSettings {
    /// Host of the broker; empty when there is none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User name.
    pub username: String,
    /// Password; never shown.
    pub password: String,
    /// Exchange of the XML messages.
    pub exchange: String,
    /// Virtual host.
    pub vhost: String,
    /// Whether to use TLS.
    pub use_ssl: bool,
    /// Whether to trust any certificate.
    pub ssl_accept_all: bool,
    /// The exchange of the JSON messages is this with `.notifications20`.
    pub prefix: String,
    /// Whom to trust instead of whom the system trusts.
    #[serde(default)]
    pub trust: AmqpTrust,
    /// The space whose name was put before `exchange` and `prefix`; empty where none was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub space: String,
}

impl AmqpSettings {
    /// The same in this space, or outside all of them: its name stands before exchange and prefix, and that of the space that they were
    /// copied from no longer does.
    #[must_use]
    pub fn in_space(self, space: Option<&str>) -> Self {
        let (before, space) = (self.space, space.unwrap_or_default().to_owned());
        let moved = |name: String| {
            let bare = name.strip_prefix(&before).filter(|_| !before.is_empty()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(&name);
            if space.is_empty() { bare.to_owned() } else { format!("{space}.{bare}") }
        };
        let (exchange, prefix) = (moved(self.exchange), moved(self.prefix));
        Self { exchange, prefix, space, ..self }
    }
}

/// Certificates by which a broker is recognised, in PEM. With neither, the authorities of the system count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmqpTrust {
    /// The broker's own certificate, or its authority's.
    pub certificate: Option<String>,
    /// The certificates of a trust store.
    pub truststore: Option<String>,
}

impl Default for AmqpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 5672,
            username: "guest".into(),
            password: "guest".into(),
            exchange: "systemExchange".into(),
            vhost: "/".into(),
            use_ssl: false,
            ssl_accept_all: false,
            prefix: "vcd".into(),
            trust: AmqpTrust::default(),
            space: String::new(),
        }
    }
}

impl std::fmt::Debug for AmqpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmqpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("vhost", &self.vhost)
            .finish_non_exhaustive()
    }
}

impl Setting for AmqpSettings {
    const KEY: &'static str = "amqp";
}

/// Which part of [`AmqpTrust`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustPart {
    /// [`AmqpTrust::certificate`].
    Certificate,
    /// [`AmqpTrust::truststore`].
    Truststore,
}

impl TrustPart {
    /// What its file is called in the transfer area.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Truststore => "truststore",
        }
    }
}

impl AmqpTrust {
    /// One part.
    pub fn part(&mut self, part: TrustPart) -> &mut Option<String> {
        match part {
            TrustPart::Certificate => &mut self.certificate,
            TrustPart::Truststore => &mut self.truststore,
        }
    }
}

/// Files of [`AmqpTrust`] that were announced and have not come yet. A new announcement takes the place of the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustUploads {
    /// The certificate.
    pub certificate: Option<TrustUpload>,
    /// The trust store.
    pub truststore: Option<TrustUpload>,
}

impl TrustUploads {
    /// One part.
    pub fn part(&mut self, part: TrustPart) -> &mut Option<TrustUpload> {
        match part {
            TrustPart::Certificate => &mut self.certificate,
            TrustPart::Truststore => &mut self.truststore,
        }
    }

    /// What is awaited under this id.
    #[must_use]
    pub fn awaited(&self, id: Uuid) -> Option<(TrustPart, &TrustUpload)> {
        let parts = [(TrustPart::Certificate, &self.certificate), (TrustPart::Truststore, &self.truststore)];
        parts.into_iter().find_map(|(part, upload)| Some((part, upload.as_ref().filter(|upload| upload.id == id)?)))
    }
}

impl Setting for TrustUploads {
    const KEY: &'static str = "amqpTrustUploads";
}

/// A file that is awaited.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustUpload {
    /// Where in the transfer area.
    pub id: Uuid,
    /// Its size in bytes, if that was said.
    pub size: Option<u64>,
    /// The password of a trust store, by which it is checked; never shown.
    pub password: Option<String>,
}

impl std::fmt::Debug for TrustUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustUpload").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

/// Whether events are announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsSettings {
    /// Governs everything but the messages about blocking tasks (ruling Q13).
    pub enabled: bool,
}

impl Default for NotificationsSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Setting for NotificationsSettings {
    const KEY: &'static str = "notifications";
}

/// General settings of the system. Only the base URI and the session timeouts do anything here; the rest is kept as it was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the element of that name, with the unit in the name")]
pub struct GeneralSettings {
    pub absolute_session_timeout_minutes: i32,
    pub activity_log_display_days: i32,
    pub activity_log_keep_days: i32,
    pub allow_overlapping_ext_nets: bool,
    pub chargeback_events_keep_days: Option<i32>,
    pub chargeback_tables_cleanup_job_time_in_seconds: Option<i32>,
    pub console_proxy_external_address: Option<String>,
    pub host_check_delay_in_seconds: i32,
    pub host_check_timeout_seconds: i32,
    pub installation_id: i32,
    pub ip_reservation_timeout_seconds: i32,
    /// The syslog servers of networks: first and second.
    pub syslog_servers: [Option<String>; 2],
    pub login_name_only: Option<bool>,
    pub pre_pop_default_name: bool,
    pub quarantine_enabled: bool,
    pub quarantine_response_timeout_seconds: i32,
    pub rest_api_base_http_uri: Option<String>,
    /// The base of URLs in messages, where no request says it: `https://host/api`.
    pub rest_api_base_uri: Option<String>,
    pub rest_api_base_uri_public_cert_chain: Option<String>,
    pub session_timeout_minutes: i32,
    pub show_stack_traces: bool,
    /// A `dateTime`; the far end of time means never.
    pub sync_start_date: String,
    pub sync_interval_in_hours: i64,
    pub system_external_http_address: Option<String>,
    pub system_external_address: Option<String>,
    pub system_external_address_public_cert_chain: Option<String>,
    pub tenant_portal_external_http_address: Option<String>,
    pub tenant_portal_external_address: Option<String>,
    pub tenant_portal_public_cert_chain: Option<String>,
    pub transfer_session_timeout_seconds: i32,
    pub verify_vc_certificates: bool,
    pub vc_truststore_type: Option<String>,
    pub verify_vsm_certificates: Option<bool>,
    pub elastic_allocation_pool: Option<bool>,
    pub advanced_networking_enabled: Option<bool>,
    pub advanced_networking_dfw_api_url: Option<String>,
    pub advanced_networking_dfw_ui_url: Option<String>,
    pub advanced_networking_gateway_api_url: Option<String>,
    pub advanced_networking_gateway_ui_url: Option<String>,
    pub max_vdc_quota: Option<i32>,
    pub sub_interfaces_enabled: Option<bool>,
    pub vm_discovery_enabled: Option<bool>,
    pub allow_fips_mode_for_edge_gateways: Option<bool>,
}

impl Default for GeneralSettings {
    /// What a fresh server has, as an installation script for 5.x sends it back; VM discovery is off because it is not served.
    fn default() -> Self {
        Self {
            absolute_session_timeout_minutes: 1_440,
            activity_log_display_days: 30,
            activity_log_keep_days: 90,
            allow_overlapping_ext_nets: false,
            chargeback_events_keep_days: Some(365),
            chargeback_tables_cleanup_job_time_in_seconds: Some(10_800),
            console_proxy_external_address: None,
            host_check_delay_in_seconds: 300,
            host_check_timeout_seconds: 30,
            installation_id: 1,
            ip_reservation_timeout_seconds: 7_200,
            syslog_servers: [None, None],
            login_name_only: Some(false),
            pre_pop_default_name: true,
            quarantine_enabled: false,
            quarantine_response_timeout_seconds: 21_600,
            rest_api_base_http_uri: None,
            rest_api_base_uri: None,
            rest_api_base_uri_public_cert_chain: None,
            session_timeout_minutes: 30,
            show_stack_traces: false,
            sync_start_date: "9999-12-31T23:59:59.997Z".into(),
            sync_interval_in_hours: 24,
            system_external_http_address: None,
            system_external_address: None,
            system_external_address_public_cert_chain: None,
            tenant_portal_external_http_address: None,
            tenant_portal_external_address: None,
            tenant_portal_public_cert_chain: None,
            transfer_session_timeout_seconds: 3_600,
            verify_vc_certificates: false,
            vc_truststore_type: Some("JCEKS".into()),
            verify_vsm_certificates: Some(false),
            elastic_allocation_pool: Some(false),
            advanced_networking_enabled: Some(false),
            advanced_networking_dfw_api_url: None,
            advanced_networking_dfw_ui_url: None,
            advanced_networking_gateway_api_url: None,
            advanced_networking_gateway_ui_url: None,
            max_vdc_quota: Some(-1),
            sub_interfaces_enabled: Some(false),
            vm_discovery_enabled: Some(false),
            allow_fips_mode_for_edge_gateways: Some(false),
        }
    }
}

impl Setting for GeneralSettings {
    const KEY: &'static str = "general";
}
