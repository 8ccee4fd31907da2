//! `event`, `adminEvent`, `adminEventCBM`. Invariant: names are those that things had when the event happened.

use super::Field;
use super::facts::Facts;
use vcdsim_model::event::NewEvent;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::{ApiVersion as V, PRODUCT};

fn what<'a>(f: &Facts<'a>) -> Option<&'a NewEvent> {
    Some(&f.event()?.what)
}

const EVENT_TYPE: Field = Field::text("eventType", |f| Some(what(f)?.r#type.clone()));
const TIME_STAMP: Field = Field::time("timeStamp", |f| Some(f.event()?.time));
/// 1 is success.
const EVENT_STATUS: Field = Field::int("eventStatus", |f| Some(what(f)?.success.into()));
const USER_NAME: Field = Field::text("userName", |f| Some(what(f)?.user.name.clone()));
const ORG_NAME: Field = Field::text("orgName", |f| Some(what(f)?.org.name.clone()));
const ENTITY_TYPE: Field = Field::word("entityType", |f| Some(what(f)?.entity.urn.kind.info().event_word));
const ENTITY_NAME: Field = Field::text("entityName", |f| Some(what(f)?.entity.name.clone()));
const SERVICE_NAMESPACE: Field = Field::text("serviceNamespace", |f| Some(what(f)?.namespace().to_owned())).since(V::V5_1);
const ENTITY: Field = Field::reference("entity", Kind::VApp, |f| Some(what(f)?.entity.urn));

pub(super) const FIELDS: &[Field] =
    &[EVENT_TYPE, TIME_STAMP, EVENT_STATUS, USER_NAME, ORG_NAME, ENTITY_TYPE, ENTITY_NAME, SERVICE_NAMESPACE, ENTITY];

const EVENT_ID: Field = Field::text("eventId", |f| Some(f.event()?.id.to_string()));
const PRODUCT_VERSION: Field = Field::text("productVersion", |_| Some(PRODUCT.version.to_owned()));
const ORG: Field = Field::reference("org", Kind::Org, |f| Some(Urn::new(Kind::Org, what(f)?.org.urn.id)));

pub(super) const ADMIN_FIELDS: &[Field] = &[
    EVENT_ID.since(V::V5_1),
    EVENT_TYPE.since(V::V5_1),
    TIME_STAMP.since(V::V5_1),
    EVENT_STATUS.since(V::V5_1),
    USER_NAME.since(V::V5_1),
    ORG_NAME.since(V::V5_1),
    ENTITY_TYPE.since(V::V5_1),
    ENTITY_NAME.since(V::V5_1),
    SERVICE_NAMESPACE,
    PRODUCT_VERSION.since(V::V5_1),
    ENTITY.since(V::V5_1),
    ORG.since(V::V5_1),
];

/// What a service said of an event, its properties as JSON before its message; else what the task involved does.
fn details(what: &NewEvent) -> Option<String> {
    let posted = what.service.as_ref().filter(|_| what.task.is_none());
    match posted {
        Some(posted) if posted.properties.is_empty() => posted.message.clone(),
        Some(posted) => {
            let object: serde_json::Map<_, _> =
                posted.properties.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            Some(serde_json::Value::from(object).to_string())
        }
        None => what.task.as_ref().map(|(_, operation)| operation.clone()),
    }
}

/// For chargeback: the same, with details.
pub(super) const CHARGEBACK_FIELDS: &[Field] = &[
    EVENT_ID.since(V::V5_1),
    EVENT_TYPE.since(V::V5_1),
    TIME_STAMP.since(V::V5_1),
    EVENT_STATUS.since(V::V5_1),
    USER_NAME.since(V::V5_1),
    ORG_NAME.since(V::V5_1),
    ENTITY_TYPE.since(V::V5_1),
    ENTITY_NAME.since(V::V5_1),
    Field::text("details", |f| details(what(f)?)).since(V::V5_1),
    SERVICE_NAMESPACE,
    PRODUCT_VERSION.since(V::V5_1),
    ENTITY.since(V::V5_1),
    ORG.since(V::V5_1),
];
