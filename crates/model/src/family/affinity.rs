//! Affinity rules: which virtual machines of a VDC are to run on one host, or on different ones. Invariant: a rule names each machine once,
//! and only machines that are there.

use super::vdc::into_vdc;
use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::Entity;
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::power::resolved;
use crate::right::Right;
use crate::task::names;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

names! {
    /// Whether a rule keeps machines together or apart.
    Polarity {
        /// Together.
        Affinity = "Affinity",
        /// Apart.
        AntiAffinity = "Anti-Affinity",
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffinityRule {
    /// Together or apart.
    pub polarity: Polarity,
    /// Whether it is in force.
    pub enabled: bool,
    /// Whether a machine is rather left off than against it.
    pub mandatory: bool,
    /// The machines, in the order in which they were named.
    pub machines: Vec<Uuid>,
}

/// How few machines a rule can be made of.
pub const FEWEST: usize = 2;

impl AffinityRule {
    /// Refuses what is no rule.
    ///
    /// # Errors
    /// 400 for too few machines, and for one that is named twice.
    pub fn check(&self) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        if let Some(id) = self.machines.iter().find(|id| !seen.insert(**id)) {
            return Err(Fault::bad_request(format!("VmReferences names {} twice.", Urn::new(Kind::Vm, *id))));
        }
        if self.machines.len() < FEWEST {
            return Err(Fault::bad_request(format!("VmReferences must name at least {FEWEST} virtual machines.")));
        }
        Ok(())
    }
}

const EDIT: Right = Right::VDC_EDIT_AFFINITY;

/// Reads the rules of a VDC. No source names a right to read them.
pub const LIST: Action = Action::read(Kind::Vdc, View::User, Need::Session)
    .at("/vmAffinityRules")
    .rel("down")
    .takes(media::VM_AFFINITY_RULES)
    .since(ApiVersion::V20_0);
/// Makes one.
pub const CREATE: Action = into_vdc("/vmAffinityRules", EDIT, media::VM_AFFINITY_RULE).since(ApiVersion::V20_0);
/// Reads one.
pub const READ: Action = Action::read(Kind::AffinityRule, View::User, Need::Session).since(ApiVersion::V20_0);
/// Changes one. It is its VDC's, which whoever sees it may put rules into.
pub const UPDATE: Action = Action::put(Kind::AffinityRule, "", Need::Right(EDIT))
    .rel("edit")
    .takes(media::VM_AFFINITY_RULE)
    .access(AccessLevel::ReadOnly)
    .when(made)
    .since(ApiVersion::V20_0);
/// Deletes one.
pub const DELETE: Action = Action::delete(Kind::AffinityRule, Need::Right(EDIT)).access(AccessLevel::ReadOnly).since(ApiVersion::V20_0);

fn made(rule: &Entity) -> Result<(), Fault> {
    resolved(rule)
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |rule| rule.head.parent.map(|id| Urn::new(Kind::Vdc, id))),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_about_several_machines() {
        let rule = |ids: &[u128]| {
            let machines = ids.iter().map(|id| Uuid::from_u128(*id)).collect();
            AffinityRule { polarity: Polarity::Affinity, enabled: true, mandatory: true, machines }.check()
        };
        assert!(rule(&[1, 2]).is_ok() && rule(&[1, 2, 3]).is_ok());
        assert!(rule(&[]).unwrap_err().message.contains("at least 2") && rule(&[1]).is_err());
        assert!(rule(&[1, 2, 1]).unwrap_err().message.contains("twice"));
    }
}
