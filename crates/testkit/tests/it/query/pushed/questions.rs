//! Who asks what. Invariant: a question is one that the query service could be asked; whether it makes sense is its answer to say.

use super::furnish::{NAMES, one};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::role::Role;
use vcdsim_model::kind::Kind;
use vcdsim_platform::Cloud;
use vcdsim_platform::query::record::QueryType;
use vcdsim_platform::query::value::ValueKind;
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::EntityFilter;

/// A user with each role in each of two organizations, and the provider.
pub(super) async fn callers(cloud: &Cloud) -> Vec<Caller> {
    let reader = cloud.read();
    let all = reader.list(EntityFilter::kind(Kind::Role)).await.expect("roles are listed");
    let role = |entity: &Arc<Entity>| Some((entity.head.clone(), Arc::clone(&entity.body::<Role>()?.rights)));
    let roles: Vec<_> = all.iter().filter_map(role).collect();
    let mut callers = Vec::new();
    for org in ["System", "example", "example2"] {
        let id = seeded_id(Kind::Org, org);
        let users = reader.list(EntityFilter::kind(Kind::User).in_org(id)).await.expect("users are listed");
        for (index, (head, rights)) in roles.iter().enumerate() {
            let user = &users[index % users.len()].head;
            callers.push(Caller {
                user: user.id,
                user_name: user.name.clone(),
                org: id,
                org_name: org.to_owned(),
                role: head.id,
                role_name: head.name.clone(),
                system: org == "System",
                acting: false,
                groups: Vec::new(),
                rights: Arc::clone(rights),
                session: Uuid::nil(),
            });
        }
    }
    callers.sort_by_key(|caller| (caller.role_name.clone(), caller.org_name.clone()));
    callers.dedup_by(|a, b| (&a.role_name, &a.org_name) == (&b.role_name, &b.org_name));
    callers
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What an attribute may be compared with: something that an object has, and now and then something else.
fn operand(random: &mut ChaCha8Rng, kind: ValueKind, ids: &[Uuid]) -> String {
    match kind {
        ValueKind::Text => {
            let name = one(random, NAMES);
            let cut = name.char_indices().map(|(index, _)| index).nth(random.random_range(0..3)).unwrap_or_default();
            match random.random_range(0..4) {
                0 => encoded(name),
                1 => format!("{}*", encoded(&name[..cut])),
                2 => format!("*{}*", encoded(&name[cut..])),
                _ => format!("{}*{}", encoded(&name[..cut]), encoded(&name[cut..])),
            }
        }
        ValueKind::Word => {
            one(random, &["POWERED_ON", "resolved", "UNRESOLVED", "POWERED*", "*ED", "running", "SUCCESS", "pre*", "NO_SUCH"]).to_owned()
        }
        ValueKind::Int => random.random_range(0..3).to_string(),
        ValueKind::Bool => one(random, &["true", "false", "1"]).to_owned(),
        ValueKind::Time => one(random, &["2026-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z", "2099-12-31T00:00:00Z"]).to_owned(),
        ValueKind::Ref(_) => ids.choose(random).copied().unwrap_or_default().to_string(),
    }
}

pub(super) fn question(random: &mut ChaCha8Rng, query_type: &QueryType, ids: &[Uuid]) -> String {
    let pushed: Vec<_> = query_type.fields.iter().filter(|field| field.column.is_some()).collect();
    let all: Vec<_> = query_type.fields.iter().collect();
    let field =
        |random: &mut ChaCha8Rng| if !pushed.is_empty() && random.random_bool(0.9) { one(random, &pushed) } else { one(random, &all) };
    let mut query =
        format!("page={}&pageSize={}&offset={}", one(random, &[1, 1, 2, 3]), one(random, &[1, 3, 7, 128]), one(random, &[0, 0, 1]));
    let tests = one(random, &[0, 1, 1, 2, 3]);
    if tests > 0 {
        let mut filter = String::new();
        for index in 0..tests {
            let (field, operator) = (field(random), one(random, &["==", "==", "!=", "=lt=", "=ge="]));
            let operator = if matches!(field.kind(), ValueKind::Int | ValueKind::Time) || operator.len() == 2 { operator } else { "==" };
            let separator = if index == 0 { "" } else { one(random, &[";", ","]) };
            filter.push_str(&format!("{separator}{}{operator}{}", field.name, operand(random, field.kind(), ids)));
        }
        query.push_str(&format!("&filter={filter}&filterEncoded=true"));
    }
    for _ in 0..one(random, &[0, 0, 1, 1, 2]) {
        let key = if random.random_bool(0.6) { "name" } else { field(random).name };
        query.push_str(&format!("&{}={key}", one(random, &["sortAsc", "sortDesc"])));
    }
    query
}
