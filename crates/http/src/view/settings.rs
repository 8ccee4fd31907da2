//! Settings documents (reference 4). Invariant: a password never leaves.

use crate::base::BaseUrl;
use crate::route::transfer::TRANSFER;
use crate::view::ViewCx;
use crate::view::links::link;
use uuid::Uuid;
use vcdsim_model::family::settings::{AmqpSettings, BlockingTaskSettings, GeneralSettings, NotificationsSettings, TrustPart};
use vcdsim_model::media;
use vcdsim_model::operation::Operation;
use vcdsim_model::version::ApiVersion;
use vcdsim_wire::vcloud::{Error, Link, SyslogServerSettings, TaskOperation, TaskOperationList};
use vcdsim_wire::vmext;

/// Where the settings lie.
pub(crate) const PATH: &str = "/api/admin/extension/settings";

/// The blocking-task settings.
pub(crate) fn blocking(cx: &ViewCx<'_>, settings: &BlockingTaskSettings) -> vmext::BlockingTaskSettings {
    let (edit, href) = edit(cx, "blockingTask", media::BLOCKING_TASK_SETTINGS);
    let down = link("down", Some(media::TASK_OPERATION_LIST), cx.base.join(&format!("{PATH}/blockingTask/operations")));
    vmext::BlockingTaskSettings {
        href: Some(href),
        r#type: Some(media::BLOCKING_TASK_SETTINGS.to_owned()),
        link: vec![edit, down],
        timeout_action: settings.timeout_action.name().to_owned(),
        blocking_task_operations: TaskOperationList { link: Vec::new(), ..operations(cx, settings) },
        timeout_in_milliseconds: settings.timeout_millis,
    }
}

/// The operations that block, in the form of the version: names, or from 33.0 on structures (reference 4.3); both are filled in, and
/// pruning leaves one.
pub(crate) fn operations(cx: &ViewCx<'_>, settings: &BlockingTaskSettings) -> TaskOperationList {
    let structure = |operation: &Operation| {
        let info = operation.info();
        TaskOperation { category: Some(info.category.to_owned()), operation: Some(info.name.to_owned()) }
    };
    let (edit, href) = edit(cx, "blockingTask/operations", media::TASK_OPERATION_LIST);
    TaskOperationList {
        href: Some(href),
        r#type: Some(media::TASK_OPERATION_LIST.to_owned()),
        link: vec![edit],
        operation: settings.operations.iter().map(|operation| operation.name().to_owned()).collect(),
        task_operation_type: settings.operations.iter().map(structure).collect(),
    }
}

/// The broker settings, with an empty password.
pub(crate) fn amqp(cx: &ViewCx<'_>, settings: &AmqpSettings) -> vmext::AmqpSettings {
    let (edit, href) = edit(cx, "amqp", media::AMQP_SETTINGS);
    let test = link("test", Some(media::AMQP_SETTINGS_TEST), cx.base.join(&format!("{PATH}/amqp/action/test")));
    vmext::AmqpSettings {
        href: Some(href),
        r#type: Some(media::AMQP_SETTINGS.to_owned()),
        link: [edit, test].into_iter().chain(trust(cx)).collect(),
        amqp_host: settings.host.clone(),
        amqp_port: i32::from(settings.port),
        amqp_username: settings.username.clone(),
        amqp_password: Some(String::new()),
        amqp_exchange: settings.exchange.clone(),
        amqp_v_host: settings.vhost.clone(),
        amqp_use_ssl: settings.use_ssl,
        amqp_ssl_accept_all: Some(settings.ssl_accept_all),
        amqp_prefix: Some(settings.prefix.clone()),
    }
}

/// What can be done about whom the connection trusts.
fn trust(cx: &ViewCx<'_>) -> Vec<Link> {
    if cx.version < ApiVersion::V5_1 {
        return Vec::new();
    }
    let actions = [
        ("certificate:update", Some(media::CERTIFICATE_UPDATE_PARAMS), "updateAmqpCertificate"),
        ("certificate:reset", None, "resetAmqpCertificate"),
        ("truststore:update", Some(media::TRUST_STORE_UPDATE_PARAMS), "updateAmqpTruststore"),
        ("truststore:reset", None, "resetAmqpTruststore"),
    ];
    actions.map(|(rel, media, action)| link(rel, media, cx.base.join(&format!("{PATH}/amqp/action/{action}")))).into()
}

/// Where a file of certificates is to be sent.
pub(crate) fn upload_location(base: &BaseUrl, id: Uuid, part: TrustPart) -> String {
    base.join(&format!("{TRANSFER}{id}/{}", part.file()))
}

/// The outcome of a connection test.
pub(crate) fn amqp_test(cx: &ViewCx<'_>, outcome: &Result<(), String>) -> vmext::AmqpSettingsTest {
    let error = outcome.as_ref().err().map(|reason| Error {
        message: reason.clone(),
        major_error_code: 400,
        minor_error_code: vcdsim_model::FaultCode::BadRequest.minor().to_owned(),
        ..Error::default()
    });
    vmext::AmqpSettingsTest {
        href: Some(cx.base.join(&format!("{PATH}/amqp/action/test"))),
        r#type: Some(media::AMQP_SETTINGS_TEST.to_owned()),
        link: vec![link("up", Some(media::AMQP_SETTINGS), cx.base.join(&format!("{PATH}/amqp")))],
        valid: outcome.is_ok(),
        error,
    }
}

/// Whether events are announced.
pub(crate) fn notifications(cx: &ViewCx<'_>, settings: &NotificationsSettings) -> vmext::NotificationsSettings {
    let (edit, href) = edit(cx, "notifications", media::NOTIFICATIONS_SETTINGS);
    vmext::NotificationsSettings {
        href: Some(href),
        r#type: Some(media::NOTIFICATIONS_SETTINGS.to_owned()),
        link: vec![edit],
        enable_notifications: settings.enabled,
    }
}

/// The required and the optional fields that [`vmext::GeneralSettings`] and [`GeneralSettings`] have alike. `required` and `optional` are
/// macros that each take both values and a field's name.
macro_rules! general_fields {
    ($required:ident, $optional:ident, $to:expr, $from:expr) => {
        general_fields! { @each $required $to, $from;
            absolute_session_timeout_minutes activity_log_display_days activity_log_keep_days allow_overlapping_ext_nets
            host_check_delay_in_seconds host_check_timeout_seconds ip_reservation_timeout_seconds pre_pop_default_name quarantine_enabled
            quarantine_response_timeout_seconds session_timeout_minutes show_stack_traces sync_start_date sync_interval_in_hours
            transfer_session_timeout_seconds verify_vc_certificates
        }
        general_fields! { @each $optional $to, $from;
            chargeback_events_keep_days chargeback_tables_cleanup_job_time_in_seconds console_proxy_external_address login_name_only
            rest_api_base_http_uri rest_api_base_uri rest_api_base_uri_public_cert_chain system_external_http_address
            system_external_address system_external_address_public_cert_chain tenant_portal_external_http_address
            tenant_portal_external_address tenant_portal_public_cert_chain vc_truststore_type verify_vsm_certificates
            elastic_allocation_pool advanced_networking_enabled advanced_networking_dfw_api_url advanced_networking_dfw_ui_url
            advanced_networking_gateway_api_url advanced_networking_gateway_ui_url max_vdc_quota sub_interfaces_enabled
            vm_discovery_enabled allow_fips_mode_for_edge_gateways
        }
    };
    (@each $copy:ident $to:expr, $from:expr; $($field:ident)*) => { $($copy!($to, $from, $field);)* };
}
pub(crate) use general_fields;

/// The general settings. The addresses that a fresh server shows empty are shown empty.
pub(crate) fn general(cx: &ViewCx<'_>, settings: &GeneralSettings) -> vmext::GeneralSettings {
    macro_rules! copy {
        ($to:expr, $from:expr, $field:ident) => {
            $to.$field.clone_from(&$from.$field)
        };
    }
    let (edit, href) = edit(cx, "general", media::GENERAL_SETTINGS);
    let [first, second] = settings.syslog_servers.clone();
    let mut document = vmext::GeneralSettings {
        href: Some(href),
        r#type: Some(media::GENERAL_SETTINGS.to_owned()),
        link: vec![edit],
        installation_id: Some(settings.installation_id),
        syslog_server_settings: Some(SyslogServerSettings { syslog_server_ip1: first, syslog_server_ip2: second }),
        ..vmext::GeneralSettings::default()
    };
    general_fields!(copy, copy, document, settings);
    for address in [&mut document.console_proxy_external_address, &mut document.rest_api_base_uri] {
        address.get_or_insert_default();
    }
    document
}

/// Everything that is served of the system's settings.
pub(crate) struct System {
    pub(crate) general: GeneralSettings,
    pub(crate) notifications: NotificationsSettings,
    pub(crate) amqp: AmqpSettings,
    pub(crate) blocking: BlockingTaskSettings,
}

/// The whole of the settings, with a link to each part.
pub(crate) fn system(cx: &ViewCx<'_>, settings: &System) -> vmext::SystemSettings {
    let parts = [
        ("general", media::GENERAL_SETTINGS),
        ("notifications", media::NOTIFICATIONS_SETTINGS),
        ("amqp", media::AMQP_SETTINGS),
        ("blockingTask", media::BLOCKING_TASK_SETTINGS),
    ];
    let down = parts.map(|(path, media)| link("down", Some(media), cx.base.join(&format!("{PATH}/{path}"))));
    vmext::SystemSettings {
        href: Some(cx.base.join(PATH)),
        r#type: Some(media::SYSTEM_SETTINGS.to_owned()),
        link: [edit(cx, "", media::SYSTEM_SETTINGS).0].into_iter().chain(down).collect(),
        general_settings: Some(general(cx, &settings.general)),
        notifications_settings: Some(notifications(cx, &settings.notifications)),
        amqp_settings: Some(amqp(cx, &settings.amqp)),
        blocking_task_settings: Some(blocking(cx, &settings.blocking)),
        ..vmext::SystemSettings::default()
    }
}

/// The `edit` link of a part, and its href.
fn edit(cx: &ViewCx<'_>, path: &str, media: &str) -> (vcdsim_wire::vcloud::Link, String) {
    let href = cx.base.join(format!("{PATH}/{path}").trim_end_matches('/'));
    (link("edit", Some(media), href.clone()), href)
}
