//! `task`, `adminTask`. Invariant: `name` is the operation's name, `object` what it works on, `owner` who asked for it.

use super::common::{NAME, always};
use super::facts::CELL;
use super::{Column, Field};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

const ORG: Field = Field::reference("org", Kind::Org, |f| Some(Urn::new(Kind::Org, f.task()?.org))).column(Column::Org);
const ORG_NAME: Field = Field::text("orgName", |f| f.name_of(Kind::Org, Some(f.task()?.org)));
const START_DATE: Field = Field::time("startDate", |f| Some(f.task()?.start)).column(Column::Created);
const END_DATE: Field = Field::time("endDate", |f| f.task()?.end);
const STATUS: Field = Field::word("status", |f| Some(f.task()?.status.name())).column(Column::Status);
const PROGRESS: Field = Field::int("progress", |f| f.task()?.progress.map(i64::from)).since(V::V9_0);
const OWNER: Field = Field::reference("owner", Kind::User, |f| Some(Urn::new(Kind::User, f.task()?.user)));
const OWNER_NAME: Field = Field::text("ownerName", |f| f.name_of(Kind::User, Some(f.task()?.user)));
const OBJECT: Field = Field::reference("object", Kind::VApp, |f| Some(f.task()?.owner)).column(Column::Object);
const OBJECT_TYPE: Field = Field::word("objectType", |f| Some(f.task()?.owner.kind.info().urn));
const OBJECT_NAME: Field = Field::text("objectName", |f| {
    let task = f.task()?;
    Some(f.find(task.owner).map_or_else(|| task.subject.clone(), |object| object.head.name.clone()))
});
const SERVICE_NAMESPACE: Field =
    Field::text("serviceNamespace", |f| Some(f.task()?.operation.namespace().to_owned())).since(V::V5_1).column(Column::Service);
const CELL_NAME: Field = Field::text("cellName", |_| Some(CELL.to_owned()));

pub(super) const FIELDS: &[Field] =
    &[ORG, ORG_NAME, NAME, START_DATE, END_DATE, STATUS, PROGRESS, OWNER_NAME, OBJECT, OBJECT_TYPE, OBJECT_NAME, SERVICE_NAMESPACE];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    ORG,
    ORG_NAME,
    NAME,
    START_DATE,
    END_DATE,
    STATUS,
    PROGRESS,
    OWNER,
    OWNER_NAME,
    OBJECT,
    OBJECT_TYPE,
    OBJECT_NAME,
    CELL_NAME,
    SERVICE_NAMESPACE,
    always("hasOwner").since(V::V5_1),
];
