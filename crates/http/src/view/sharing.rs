//! `ControlAccessParams`, of whatever can be shared. Invariant: a list of nobody is left out, since the schema has no empty one.

use crate::view::ViewCx;
use vcdsim_model::kind::View;
use vcdsim_model::sharing::{Share, Sharing};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{AccessSetting, AccessSettings, ControlAccessParams};

/// With whom the object of `graph` is shared.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, sharing: &Sharing) -> ControlAccessParams {
    let setting = |share: &Share| AccessSetting {
        subject: Some(cx.plain_reference(share.subject, View::Admin, graph.related.name(share.subject))),
        access_level: share.level.name().to_owned(),
        ..AccessSetting::default()
    };
    let settings: Vec<_> = sharing.shares.iter().map(setting).collect();
    ControlAccessParams {
        is_shared_to_everyone: sharing.everyone.is_some(),
        everyone_access_level: sharing.everyone.map(|level| level.name().to_owned()),
        access_settings: (!settings.is_empty()).then_some(AccessSettings { access_setting: settings }),
    }
}
