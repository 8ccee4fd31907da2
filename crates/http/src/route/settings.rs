//! System settings (reference 4).

pub(super) mod trust;

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::settings::{self, PATH, general_fields};
use vcdsim_model::action::Method;
use vcdsim_model::blocking::TimeoutAction;
use vcdsim_model::clock::parse_time;
use vcdsim_model::family::settings::{AmqpSettings, BlockingTaskSettings, GeneralSettings, NotificationsSettings};
use vcdsim_model::kind::View;
use vcdsim_model::operation::Operation;
use vcdsim_model::{Fault, media};
use vcdsim_wire::roots::vmext::{
    AMQP_SETTINGS, BLOCKING_TASK_OPERATIONS, BLOCKING_TASK_SETTINGS, GENERAL_SETTINGS, NOTIFICATIONS_SETTINGS,
};
use vcdsim_wire::vcloud::TaskOperationList;
use vcdsim_wire::vmext;

/// Parts of the system's settings that are not served (reference 4.1).
const MISSING: &[(&str, &str)] = &[
    ("/api/admin/extension/settings/passwordPolicy", "the password policy of the system"),
    ("/api/admin/extension/settings/ldapSettings", "LDAP settings of the system"),
    ("/api/admin/extension/settings/branding", "branding"),
    ("/api/admin/extension/settings/license", "the licence"),
    ("/api/admin/extension/settings/email", "e-mail settings of the system"),
    ("/api/admin/extension/settings/kerberosSettings", "Kerberos settings"),
    ("/api/admin/extension/settings/lookupService", "the lookup service"),
    ("/api/admin/extension/settings/catalog", "catalog settings of the system"),
    ("/api/admin/extension/settings/operationLimitsSettings", "operation limits"),
    ("/api/admin/extension/settings/cpom", "vCenter proxies"),
];

pub(super) fn routes(routes: &mut Routes) {
    for (prefix, what) in MISSING {
        routes.missing(prefix, what);
    }
    routes.get(PATH, system);
    routes.add(Method::Put, PATH, put_system);
    routes.get(&format!("{PATH}/general"), general);
    routes.add(Method::Put, format!("{PATH}/general"), put_general);
    routes.get(&format!("{PATH}/blockingTask"), blocking);
    routes.add(Method::Put, format!("{PATH}/blockingTask"), put_blocking);
    routes.get(&format!("{PATH}/blockingTask/operations"), operations);
    routes.add(Method::Put, format!("{PATH}/blockingTask/operations"), put_operations);
    routes.get(&format!("{PATH}/amqp"), amqp);
    routes.add(Method::Put, format!("{PATH}/amqp"), put_amqp);
    routes.add(Method::Post, format!("{PATH}/amqp/action/test"), test_amqp);
    trust::routes(routes);
    routes.get(&format!("{PATH}/notifications"), notifications);
    routes.add(Method::Put, format!("{PATH}/notifications"), put_notifications);
}

/// `GET /api/admin/extension/settings`
async fn system(cx: Cx) -> Result<Reply, Fault> {
    let caller = cx.caller()?;
    let settings = settings::System {
        general: cx.cloud.setting::<GeneralSettings>(caller).await?,
        notifications: cx.cloud.setting(caller).await?,
        amqp: cx.cloud.setting(caller).await?,
        blocking: cx.cloud.setting(caller).await?,
    };
    Ok(cx.ok(&settings::system(&cx.view(View::Extension)?, &settings)))
}

/// `PUT /api/admin/extension/settings`: the parts that the document holds
async fn put_system(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::SystemSettings = cx.body(&[media::SYSTEM_SETTINGS])?;
    let blocking = sent.blocking_task_settings.map(read_blocking).transpose()?;
    let general = sent.general_settings.map(|sent| move |settings: &mut GeneralSettings| read_general(settings, sent));
    let amqp = sent.amqp_settings.map(|sent| move |settings: &mut AmqpSettings| read_amqp(settings, &sent));
    if let Some(change) = general {
        cx.cloud.change_setting(cx.caller()?, change).await?;
    }
    if let Some(new) = blocking {
        cx.cloud.change_setting(cx.caller()?, move |settings| replace(settings, new)).await?;
    }
    if let Some(change) = amqp {
        cx.cloud.change_broker(cx.caller()?, change).await?;
    }
    if let Some(sent) = sent.notifications_settings {
        let new = NotificationsSettings { enabled: sent.enable_notifications };
        cx.cloud.change_setting(cx.caller()?, move |settings| replace(settings, new)).await?;
    }
    system(cx).await
}

/// `GET .../settings/general`
async fn general(cx: Cx) -> Result<Reply, Fault> {
    let found = cx.cloud.setting(cx.caller()?).await?;
    Ok(cx.document(200, &settings::general(&cx.view(View::Extension)?, &found), &GENERAL_SETTINGS))
}

/// `PUT .../settings/general`
async fn put_general(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::GeneralSettings = cx.body(&[media::GENERAL_SETTINGS])?;
    let now = cx.cloud.change_setting(cx.caller()?, move |settings| read_general(settings, sent)).await?;
    Ok(cx.document(200, &settings::general(&cx.view(View::Extension)?, &now), &GENERAL_SETTINGS))
}

/// `GET .../settings/blockingTask`
async fn blocking(cx: Cx) -> Result<Reply, Fault> {
    let found = cx.cloud.setting(cx.caller()?).await?;
    Ok(cx.document(200, &settings::blocking(&cx.view(View::Extension)?, &found), &BLOCKING_TASK_SETTINGS))
}

/// `PUT .../settings/blockingTask`
async fn put_blocking(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::BlockingTaskSettings = cx.body(&[media::BLOCKING_TASK_SETTINGS, media::EXTENSION_SETTINGS])?;
    let new = read_blocking(sent)?;
    let now = cx.cloud.change_setting(cx.caller()?, move |settings| replace(settings, new)).await?;
    Ok(cx.document(200, &settings::blocking(&cx.view(View::Extension)?, &now), &BLOCKING_TASK_SETTINGS))
}

/// `GET .../settings/blockingTask/operations`
async fn operations(cx: Cx) -> Result<Reply, Fault> {
    let found = cx.cloud.setting(cx.caller()?).await?;
    Ok(cx.document(200, &settings::operations(&cx.view(View::Extension)?, &found), &BLOCKING_TASK_OPERATIONS))
}

/// `PUT .../settings/blockingTask/operations`
async fn put_operations(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: TaskOperationList = cx.body(&[media::TASK_OPERATION_LIST, media::EXTENSION_SETTINGS])?;
    let new = read_operations(&sent)?;
    let change = move |settings: &mut BlockingTaskSettings| {
        settings.operations = new;
        Ok(())
    };
    let now = cx.cloud.change_setting(cx.caller()?, change).await?;
    Ok(cx.document(200, &settings::operations(&cx.view(View::Extension)?, &now), &BLOCKING_TASK_OPERATIONS))
}

/// `GET .../settings/amqp`
async fn amqp(cx: Cx) -> Result<Reply, Fault> {
    let found = cx.cloud.setting(cx.caller()?).await?;
    Ok(cx.document(200, &settings::amqp(&cx.view(View::Extension)?, &found), &AMQP_SETTINGS))
}

/// `PUT .../settings/amqp`
async fn put_amqp(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::AmqpSettings = cx.body(&[media::AMQP_SETTINGS])?;
    let now = cx.cloud.change_broker(cx.caller()?, move |settings| read_amqp(settings, &sent)).await?;
    Ok(cx.document(200, &settings::amqp(&cx.view(View::Extension)?, &now), &AMQP_SETTINGS))
}

/// `POST .../settings/amqp/action/test`
async fn test_amqp(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::AmqpSettings = cx.body(&[media::AMQP_SETTINGS])?;
    // The trust stores are no part of the document, and count all the same.
    let stored: AmqpSettings = cx.cloud.setting(cx.caller()?).await?;
    let mut tried = AmqpSettings { trust: stored.trust, ..AmqpSettings::default() };
    read_amqp(&mut tried, &sent)?;
    tried.password = sent.amqp_password.unwrap_or_default();
    let outcome = cx.cloud.test_broker(cx.caller()?, tried).await?;
    Ok(cx.ok(&settings::amqp_test(&cx.view(View::Extension)?, &outcome)))
}

/// `GET .../settings/notifications`
async fn notifications(cx: Cx) -> Result<Reply, Fault> {
    let found = cx.cloud.setting(cx.caller()?).await?;
    Ok(cx.document(200, &settings::notifications(&cx.view(View::Extension)?, &found), &NOTIFICATIONS_SETTINGS))
}

/// `PUT .../settings/notifications`
async fn put_notifications(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::NotificationsSettings = cx.body(&[media::NOTIFICATIONS_SETTINGS])?;
    let new = NotificationsSettings { enabled: sent.enable_notifications };
    let now = cx.cloud.change_setting(cx.caller()?, move |settings| replace(settings, new)).await?;
    Ok(cx.document(200, &settings::notifications(&cx.view(View::Extension)?, &now), &NOTIFICATIONS_SETTINGS))
}

fn replace<S>(settings: &mut S, new: S) -> Result<(), Fault> {
    *settings = new;
    Ok(())
}

fn read_blocking(sent: vmext::BlockingTaskSettings) -> Result<BlockingTaskSettings, Fault> {
    let timeout_action = TimeoutAction::from_name(sent.timeout_action.trim())
        .ok_or_else(|| Fault::bad_request("TimeoutAction must be resume, abort or fail."))?;
    let timeout_millis = sent.timeout_in_milliseconds;
    if timeout_millis < 0 {
        return Err(Fault::bad_request("TimeoutInMilliseconds must not be negative."));
    }
    Ok(BlockingTaskSettings { operations: read_operations(&sent.blocking_task_operations)?, timeout_millis, timeout_action })
}

/// Both forms of the list are taken at every version, the category is not looked at; names twice count once, unknown names are refused
/// (ruling Q12).
fn read_operations(sent: &TaskOperationList) -> Result<std::collections::BTreeSet<Operation>, Fault> {
    let names = sent.operation.iter().chain(sent.task_operation_type.iter().filter_map(|item| item.operation.as_ref()));
    names
        .map(|name| {
            Operation::from_name(name.trim()).ok_or_else(|| {
                Fault::bad_request(format!("\"{}\" is not an operation that can block.", name.chars().take(80).collect::<String>()))
            })
        })
        .collect()
}

/// An empty or absent password leaves the stored one as it is: clients send back what they read, and reading never shows it.
fn read_amqp(settings: &mut AmqpSettings, sent: &vmext::AmqpSettings) -> Result<(), Fault> {
    let port = u16::try_from(sent.amqp_port).ok().ok_or_else(|| Fault::bad_request("AmqpPort must be between 0 and 65535."));
    let password = sent.amqp_password.clone().filter(|password| !password.is_empty());
    *settings = AmqpSettings {
        host: sent.amqp_host.trim().to_owned(),
        port: port?,
        username: sent.amqp_username.clone(),
        password: password.unwrap_or_else(|| settings.password.clone()),
        exchange: sent.amqp_exchange.clone(),
        vhost: sent.amqp_v_host.clone(),
        use_ssl: sent.amqp_use_ssl,
        ssl_accept_all: sent.amqp_ssl_accept_all.unwrap_or(settings.ssl_accept_all),
        prefix: sent.amqp_prefix.clone().unwrap_or_else(|| settings.prefix.clone()),
        trust: settings.trust.clone(),
        space: settings.space.clone(),
    };
    Ok(())
}

/// An absent optional element keeps what is set, since an older version's document does not show all of them; an empty one clears it.
fn read_general(settings: &mut GeneralSettings, sent: vmext::GeneralSettings) -> Result<(), Fault> {
    macro_rules! replace {
        ($to:expr, $from:expr, $field:ident) => {
            $to.$field = $from.$field
        };
    }
    macro_rules! change {
        ($to:expr, $from:expr, $field:ident) => {
            if let Some(new) = $from.$field {
                $to.$field = Some(new).filter(|new| !new.is_empty_text());
            }
        };
    }
    check_general(&sent)?;
    if let Some(servers) = sent.syslog_server_settings {
        let given = |server: Option<String>| server.filter(|server| !server.trim().is_empty());
        settings.syslog_servers = [given(servers.syslog_server_ip1), given(servers.syslog_server_ip2)];
    }
    general_fields!(replace, change, settings, sent);
    Ok(())
}

fn check_general(sent: &vmext::GeneralSettings) -> Result<(), Fault> {
    if sent.session_timeout_minutes < 1 || sent.absolute_session_timeout_minutes < 1 {
        return Err(Fault::bad_request("SessionTimeoutMinutes and AbsoluteSessionTimeoutMinutes must be at least 1."));
    }
    if parse_time(&sent.sync_start_date).is_none() {
        return Err(Fault::bad_request("SyncStartDate must be a date with a time, as in 2024-01-31T12:00:00.000Z."));
    }
    let uri = sent.rest_api_base_uri.as_deref().map(str::trim).unwrap_or_default();
    if !uri.is_empty() && !uri.starts_with("https://") && !uri.starts_with("http://") {
        return Err(Fault::bad_request("RestApiBaseUri must begin with https:// or http://."));
    }
    Ok(())
}

/// Whether a value clears its setting.
trait EmptyText {
    fn is_empty_text(&self) -> bool {
        false
    }
}

impl EmptyText for bool {}
impl EmptyText for i32 {}
impl EmptyText for String {
    fn is_empty_text(&self) -> bool {
        self.trim().is_empty()
    }
}
