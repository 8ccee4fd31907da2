//! Pages and the links between them. Invariant: whoever follows the links meets every row once.

use super::{ADMIN, names, total, values};
use std::collections::BTreeSet;
use vcdsim_model::media;
use vcdsim_testkit::World;

#[tokio::test]
async fn pages_lead_through_all_rows_once() {
    let world = World::new().await;
    let admin = world.login(ADMIN).await;
    let all = names(&admin, "type=right&pageSize=128&sortDesc=name").await;
    let mut url = "/api/query?&sortDesc=name&type=right&pageSize=50".to_owned();
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = admin.get(&url).await;
        seen.extend(values(&page, "name"));
        pages += 1;
        assert_eq!(page.find_link("firstPage", "").is_some(), pages > 1);
        match page.find_link("nextPage", media::QUERY_RECORDS) {
            Some(next) => url = next,
            None => break,
        }
    }
    let first = admin.get("/api/query?type=right&pageSize=50").await;
    assert_eq!((pages, seen.len()), (total(&first).div_ceil(50), total(&first)));
    assert_eq!(seen[..128], all[..]);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
    let last = admin.get(&first.link("lastPage", media::QUERY_RECORDS)).await;
    assert_eq!(last.attribute("page").unwrap(), pages.to_string());
    let ids = admin.get(&first.link("alternate", media::QUERY_IDRECORDS)).await;
    assert_eq!((ids.media(), total(&ids)), ("application/vnd.vmware.vcloud.query.idrecords+xml", total(&first)));
    assert_eq!(values(&admin.get("/api/query?type=right&pageSize=2&offset=3&page=2").await, "name"), values(&first, "name")[5..7]);
    assert_eq!(admin.get("/api/query?type=right&pageSize=1000").await.attribute("pageSize").as_deref(), Some("128"));
    assert_eq!(values(&admin.get("/api/query?type=right&page=1000").await, "name").len(), 0);
}
