//! Which questions the columns of the database answer alone. Invariant: what is asked of the store decides exactly as the filter, the access
//! and the order that it stands for; whatever cannot be said so is answered in process.

use super::filter::{Operand, Operator, Predicate};
use super::page::Paging;
use super::record::{Column, QueryType};
use super::value::{Value, ValueKind};
use std::collections::BTreeSet;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Status;
use vcdsim_model::family::service::PLATFORM;
use vcdsim_model::family::{catalog, catalog_item, disk, media, vapp_template};
use vcdsim_model::kind::Kind;
use vcdsim_model::right::Right;
use vcdsim_model::task::TaskStatus;
use vcdsim_model::version::ApiVersion;
use vcdsim_store::{By, Clause, Naming, PageOf, Reference, TaskFilter, TaskPageOf, Than};

/// The longest filter, in comparisons: SQL bounds how deep an expression may be.
const MOST_TESTS: usize = 100;
/// How many pieces a pattern may have in SQL, where each one more is sought at every place where the one before it was found.
const MOST_PIECES: usize = 3;
/// How long a pattern may be in SQL, in bytes.
const LONGEST: usize = 1_000;

/// To how many objects the columns must narrow a question that they cannot answer; else it is answered out of remembered lists.
pub(super) const MOST_NARROWED: u64 = 1_000;

/// What was asked, checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) query_type: &'a QueryType,
    pub(super) predicate: Option<&'a Predicate>,
    /// The columns to sort by, and whether downwards.
    pub(super) order: &'a [(usize, bool)],
    pub(super) paging: Paging,
    pub(super) version: ApiVersion,
}

/// How far a caller sees among the objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// All of them.
    All,
    /// Those of its own organization.
    Organization,
    /// Those, and of what lies in catalogs that others share with it.
    Catalogs,
    /// It depends on more than columns.
    Other,
}

/// Whether the caller may read documents of this kind, to which a row leads.
pub(super) fn readable(kind: Kind, caller: &Caller) -> bool {
    match kind {
        Kind::Catalog => catalog::READ.need.met_by(caller),
        Kind::CatalogItem => catalog_item::READ.need.met_by(caller),
        Kind::Disk => disk::READ.need.met_by(caller),
        Kind::Media => media::READ.need.met_by(caller),
        Kind::VAppTemplate | Kind::TemplateVm => vapp_template::READ.need.met_by(caller),
        _ => true,
    }
}

/// Whether objects of this kind may be seen from other organizations: catalogs, with what lies in them; access decides.
pub(super) const fn is_shared(kind: Kind) -> bool {
    matches!(kind, Kind::Org | Kind::Catalog | Kind::CatalogItem | Kind::VAppTemplate | Kind::TemplateVm | Kind::Media)
}

/// How far `caller` sees among objects of `kind`: what [`crate::access`] decides by nothing but the organization.
pub(super) fn sight(caller: &Caller, kind: Kind) -> Sight {
    if caller.is_system_admin() {
        return Sight::All;
    }
    let owns = caller.has(Right::ADMIN_CONTROL);
    match kind {
        _ if !readable(kind, caller) => Sight::Other,
        Kind::VApp | Kind::Vm | Kind::Disk if owns => Sight::Organization,
        Kind::User if owns || caller.has(Right::ADMIN_VIEW) => Sight::Organization,
        Kind::Vdc | Kind::VdcStorageProfile | Kind::EdgeGateway | Kind::AffinityRule | Kind::Network
            if caller.has(Right::VDC_ACCESS_ALL) =>
        {
            Sight::Organization
        }
        Kind::Catalog | Kind::CatalogItem | Kind::VAppTemplate | Kind::TemplateVm | Kind::Media if owns => Sight::Catalogs,
        _ => Sight::Other,
    }
}

impl Question<'_> {
    /// The page of objects of these kinds that SQL answers, if it can; how far the caller sees among each is in `sights`.
    pub(super) fn page(&self, caller: &Caller, kinds: &[Kind], sights: &[Sight]) -> Option<PageOf> {
        let mut parts = Vec::new();
        if let Some(predicate) = self.predicate {
            parts.push(self.clause(kinds, predicate, &mut 0)?);
        }
        if sights.iter().all(|sight| *sight == Sight::Organization) {
            parts.push(Clause::Refers(Reference::Org, caller.org, true));
        } else if sights.iter().any(|sight| *sight != Sight::All) {
            return None;
        }
        let order = self.order.iter().map(|(column, reversed)| Some((self.by(*column)?, *reversed))).collect::<Option<_>>()?;
        let clause = match <[Clause; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => Clause::All(parts),
        };
        let (offset, limit) = (self.paging.before(), u64::from(self.paging.size));
        Some(PageOf { kinds: kinds.to_vec(), clause, order, offset, limit: Some(limit) })
    }

    /// What the columns can say of objects of these kinds, where they cannot say all: the parts of the filter, and for tenants that what others
    /// cannot share with them is their organization's. `None` when the filter has no such part.
    pub(super) fn narrowed(&self, caller: &Caller, kinds: &[Kind]) -> Option<PageOf> {
        let mut parts = self.parts(kinds, self.predicate?);
        if parts.is_empty() {
            return None;
        }
        if !caller.is_system_admin() {
            let shared = kinds.iter().filter(|kind| is_shared(**kind)).map(|kind| Clause::Kind(*kind, true));
            parts.push(Clause::Any(shared.chain([Clause::Refers(Reference::Org, caller.org, true)]).collect()));
        }
        Some(PageOf { clause: Clause::All(parts), ..PageOf::kinds(kinds, MOST_NARROWED) })
    }

    /// The parts of which all must hold that columns can say.
    fn parts(&self, kinds: &[Kind], predicate: &Predicate) -> Vec<Clause> {
        match predicate {
            Predicate::All(parts) => parts.iter().flat_map(|part| self.parts(kinds, part)).take(MOST_TESTS).collect(),
            other => self.clause(kinds, other, &mut 0).into_iter().collect(),
        }
    }

    /// The page of tasks that SQL answers, if it can.
    pub(super) fn task_page(&self, caller: &Caller) -> Option<TaskPageOf> {
        let newest = match self.order {
            [] => false,
            [(column, reversed)] if self.query_type.field(*column)?.column? == Column::Created => *reversed,
            _ => return None,
        };
        let org = (!caller.is_system_admin()).then_some(caller.org);
        let mut filter = TaskFilter { org, ..TaskFilter::default() };
        if let Some(predicate) = self.predicate {
            self.narrow(&mut filter, predicate)?;
        }
        Some(TaskPageOf { filter, newest, offset: self.paging.before(), limit: self.paging.size.into() })
    }

    /// Lets only those tasks through that fulfil the predicate, too; `None` when a filter of tasks cannot say so.
    fn narrow(&self, filter: &mut TaskFilter, predicate: &Predicate) -> Option<()> {
        let (column, operator, operand) = match predicate {
            Predicate::All(parts) => return parts.iter().try_for_each(|part| self.narrow(filter, part)),
            // What every part says of one column, they say together.
            Predicate::Any(parts) => {
                let states = parts.iter().map(|part| self.states(part)).collect::<Option<Vec<_>>>()?;
                return only(&mut filter.statuses, states.concat());
            }
            Predicate::Test(column, operator, operand) => (*column, *operator, operand),
            Predicate::Never | Predicate::Metadata(_) => return None,
        };
        match (self.query_type.field(column)?.column?, operator, operand) {
            (Column::Org, Operator::Equal, Operand::Id(id)) if filter.org.is_none_or(|org| org == *id) => filter.org = Some(*id),
            (Column::Object, Operator::Equal, Operand::Id(id)) if filter.owner.is_none() && self.shows_objects() => {
                filter.owner = Some(*id);
            }
            (Column::Service, Operator::Equal, Operand::Text(text)) if filter.service.is_none() => {
                filter.service = Some((text != PLATFORM).then(|| text.clone()));
            }
            (Column::Status, ..) => only(&mut filter.statuses, self.states(predicate)?)?,
            _ => return None,
        }
        Some(())
    }

    /// Whether the version has every kind of object that a task may work on.
    fn shows_objects(&self) -> bool {
        Kind::ALL.iter().all(|kind| kind.since() <= self.version)
    }

    /// The states of tasks that fulfil a comparison of states.
    fn states(&self, predicate: &Predicate) -> Option<Vec<TaskStatus>> {
        let Predicate::Test(column, operator, operand) = predicate else { return None };
        let is_status = self.query_type.field(*column)?.column? == Column::Status;
        let fits = |status: &TaskStatus| operand.compares(*operator, &Value::Text(status.name().into()));
        is_status.then(|| TaskStatus::ALL.iter().copied().filter(fits).collect())
    }

    fn by(&self, column: usize) -> Option<By> {
        match self.query_type.field(column)?.column? {
            Column::Name => Some(By::Name),
            Column::Created => Some(By::Created),
            _ => None,
        }
    }

    /// The filter, or a part of it, on columns.
    fn clause(&self, kinds: &[Kind], predicate: &Predicate, tests: &mut usize) -> Option<Clause> {
        *tests += 1;
        if *tests > MOST_TESTS {
            return None;
        }
        let mut all = |parts: &[Predicate]| parts.iter().map(|part| self.clause(kinds, part, tests)).collect::<Option<Vec<_>>>();
        match predicate {
            Predicate::All(parts) => Some(Clause::All(all(parts)?)),
            Predicate::Any(parts) => Some(Clause::Any(all(parts)?)),
            Predicate::Never => Some(Clause::never()),
            Predicate::Metadata(_) => None,
            Predicate::Test(column, operator, operand) => self.test(kinds, *column, *operator, operand),
        }
    }

    fn test(&self, kinds: &[Kind], column: usize, operator: Operator, operand: &Operand) -> Option<Clause> {
        let field = self.query_type.field(column)?;
        // References to what a version does not have are no values in it.
        let hidden = |kind: Kind| kind.since() > self.version;
        if matches!(field.kind(), ValueKind::Ref(kind) if hidden(kind)) || kinds.iter().any(|kind| hidden(*kind)) {
            return None;
        }
        let is = operator == Operator::Equal;
        let equality = operator.is_equality().then_some(is);
        match (field.column?, operand) {
            (Column::Name, operand) => Some(Clause::Named(naming(operand)?, equality?)),
            (Column::Status, operand) => {
                let word = |status: &Status| operand.compares(operator, &Value::Text(status.word().into()));
                Some(Clause::Status(Status::ALL.iter().copied().filter(word).collect::<BTreeSet<_>>()))
            }
            (Column::Created, Operand::Plain(Value::Time(at))) => Some(Clause::Created(than(operator), *at)),
            (Column::IsBusy, Operand::Plain(Value::Bool(wanted))) => Some(Clause::Has(Reference::Busy, *wanted == equality?)),
            (Column::IsOf(kind), Operand::Plain(Value::Bool(wanted))) => Some(Clause::Kind(kind, *wanted == equality?)),
            (column, Operand::Id(id)) => Some(Clause::Refers(reference(column, kinds)?, *id, equality?)),
            _ => None,
        }
    }
}

/// Leaves the states that are among these, too, each once.
fn only(known: &mut Option<Vec<TaskStatus>>, states: Vec<TaskStatus>) -> Option<()> {
    let before = known.take();
    let stays = |status: &TaskStatus| states.contains(status) && before.as_ref().is_none_or(|before| before.contains(status));
    *known = Some(TaskStatus::ALL.iter().copied().filter(stays).collect());
    Some(())
}

fn naming(operand: &Operand) -> Option<Naming> {
    match operand {
        Operand::Text(text) => Some(Naming::Exactly(text.clone())),
        Operand::Folded(text) => Some(Naming::Folded(text.clone())),
        Operand::Like(pieces) => {
            let length: usize = pieces.iter().map(String::len).sum();
            // Patterns end where a NUL is.
            let fits = pieces.len() <= MOST_PIECES && length <= LONGEST && !pieces.iter().any(|piece| piece.contains('\0'));
            fits.then(|| Naming::Like(pieces.clone()))
        }
        _ => None,
    }
}

const fn than(operator: Operator) -> Than {
    match operator {
        Operator::Equal => Than::Same,
        Operator::NotEqual => Than::Other,
        Operator::Less => Than::Earlier,
        Operator::LessOrEqual => Than::NotLater,
        Operator::Greater => Than::Later,
        Operator::GreaterOrEqual => Than::NotEarlier,
    }
}

/// The column with this reference of objects of these kinds.
fn reference(column: Column, kinds: &[Kind]) -> Option<Reference> {
    match column {
        Column::Org => Some(Reference::Org),
        Column::Owner => Some(Reference::Owner),
        Column::Parent => Some(Reference::Parent),
        Column::Vdc => {
            let all = |parent: fn(Kind) -> Option<Kind>| kinds.iter().all(|kind| parent(*kind) == Some(Kind::Vdc));
            let above = |kind: Kind| kind.parent().and_then(Kind::parent);
            all(Kind::parent).then_some(Reference::Parent).or_else(|| all(above).then_some(Reference::Place))
        }
        _ => None,
    }
}
