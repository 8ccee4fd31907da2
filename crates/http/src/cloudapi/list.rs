//! Lists of the `OpenAPI`: a filter in the language of the query service, and pages. Invariant: the total counts exactly what all pages
//! together show.

use crate::cx::Cx;
use crate::reply::Reply;
use serde_json::{Value as Json, json};
use vcdsim_model::Fault;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::View;
use vcdsim_platform::query::filter::{Columns, Encoding, Filter};
use vcdsim_platform::query::page::Paging;
use vcdsim_platform::query::value::{Value, ValueKind};

/// The members of a list's values that a filter may name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Members {
    /// What the values are, for messages.
    pub(crate) label: &'static str,
    /// Names and types.
    pub(crate) of: &'static [(&'static str, ValueKind)],
}

impl Columns for Members {
    fn column(&self, name: &str) -> Option<(usize, ValueKind)> {
        let found = self.of.iter().position(|(known, _)| *known == name)?;
        Some((found, self.of[found].1))
    }

    fn label(&self) -> &str {
        self.label
    }
}

impl Members {
    fn value(&self, column: usize, of: &Json) -> Option<Value> {
        let (name, kind) = self.of.get(column)?;
        let member = of.get(name)?;
        match kind {
            ValueKind::Text | ValueKind::Word => member.as_str().map(|text| Value::Text(text.into())),
            ValueKind::Int => member.as_i64().map(Value::Int),
            ValueKind::Bool => member.as_bool().map(Value::Bool),
            ValueKind::Ref(_) => Urn::parse(member.as_str()?).map(|urn| Value::Ref(urn, View::User)),
            ValueKind::Time => None,
        }
    }
}

/// 200 with the page of `values` that the request asks for.
///
/// # Errors
/// 400 for a filter or a page that cannot be.
pub(crate) fn page(cx: &Cx, members: Members, mut values: Vec<Json>) -> Result<Reply, Fault> {
    let parameter = |name: &str| {
        let mut pairs = cx.request.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
    };
    if let Some(filter) = parameter("filter") {
        let filter = Filter::parse(filter, Encoding::of(cx.version(), false))?.bind(&members, cx.version())?;
        values.retain(|value| filter.matches(&|column| members.value(column, value)));
    }
    let paging = Paging::read(parameter("page"), parameter("pageSize"), None)?;
    let total = values.len();
    let list = json!({
        "resultTotal": total,
        "pageCount": paging.last(total),
        "page": paging.page,
        "pageSize": paging.size,
        "associations": null,
        "values": values[paging.range(total)],
    });
    Ok(Reply::json(200, &list, &cx.wanted))
}
