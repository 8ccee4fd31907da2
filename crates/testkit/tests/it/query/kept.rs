//! Rows that are kept, beside the same rows computed anew.

use super::{ADMIN, values};
use vcdsim_model::Fault;
use vcdsim_model::kind::Kind;
use vcdsim_platform::query::record::{Rows, TYPES};
use vcdsim_store::{Command, EntityFilter, Tx};
use vcdsim_testkit::{Actor, World};

/// Renames all objects of a kind.
struct Rename(Kind);

impl Command for Rename {
    type Output = usize;

    async fn run(self, tx: &mut Tx<'_>) -> Result<usize, Fault> {
        let all = tx.read().list(EntityFilter::kind(self.0)).await?;
        for entity in &all {
            tx.update(entity.urn(), |entity| entity.head.name.push('-')).await?;
        }
        Ok(all.len())
    }
}

/// The rows of a page, as text; to name the attributes has each computed anew.
async fn page(actor: &Actor, query_type: &str, anew: bool) -> Vec<String> {
    let fields = if anew { "&fields=*" } else { "" };
    let answer = actor.get(&format!("/api/query?type={query_type}&pageSize=128{fields}")).await;
    assert_eq!(answer.status, 200, "{query_type}: {}", answer.text());
    let document = answer.xml();
    let rows = document.root_element().children().filter(|node| node.is_element() && node.tag_name().name() != "Link");
    rows.map(|row| answer.text()[row.range()].to_owned()).collect()
}

#[tokio::test]
async fn a_row_follows_everything_that_it_was_computed_from() {
    let world = World::new().await;
    let admin = world.login(ADMIN).await;
    let types: Vec<_> = TYPES.iter().filter(|known| matches!(known.rows, Rows::Entities(_))).map(|known| known.name).collect();
    for name in &types {
        page(&admin, name, false).await;
    }
    let cloud = world.instance().app.cloud();
    let renamed = [
        Kind::Vdc,
        Kind::Catalog,
        Kind::CatalogItem,
        Kind::VAppTemplate,
        Kind::TemplateVm,
        Kind::Media,
        Kind::Network,
        Kind::VdcStorageProfile,
        Kind::ProviderVdc,
        Kind::VimServer,
        Kind::Role,
    ];
    for kind in renamed {
        assert!(cloud.store().write(Rename(kind)).await.expect("objects can be renamed") > 0, "{kind:?}");
        for name in &types {
            assert_eq!(page(&admin, name, false).await, page(&admin, name, true).await, "{name} after {kind:?}");
        }
    }
    let vms = admin.get("/api/query?type=adminVM").await;
    assert!(values(&vms, "containerName").iter().chain(&values(&vms, "catalogName")).all(|name| name.ends_with('-')));
}

#[tokio::test]
async fn who_asks_in_another_way_gets_its_own_hrefs() {
    let world = World::new().await;
    let admin = world.login(ADMIN).await;
    for (host, format) in
        [("one.example", "records"), ("two.example:8443", "records"), ("two.example:8443", "idrecords"), ("one.example", "records")]
    {
        let url = format!("/api/query?type=adminVM&format={format}");
        let answer = admin.send("GET", &url, &[("host", host)], "").await;
        let (own, other) = if format == "records" { ("href", "id") } else { ("id", "href") };
        let found = values(&answer, own);
        let begin = if format == "records" { format!("https://{host}/api/vAppTemplate/vm-") } else { "urn:vcloud:vm:".to_owned() };
        assert!(!found.is_empty() && found.iter().all(|found| found.starts_with(&begin)), "{found:?}");
        assert!(values(&answer, other).is_empty());
        assert!(values(&answer, "vdc").iter().all(|vdc| format != "records" || vdc.starts_with(&format!("https://{host}/"))));
    }
}
