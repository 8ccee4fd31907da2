//! Metadata in queries: filters by key and value, and what records show.

use super::{names, refusal, total};
use crate::metadata::{entry, metadata};
use crate::vapp::a_vapp;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

const STRING: &str = "MetadataStringValue";
const NUMBER: &str = "MetadataNumberValue";

async fn write(actor: &Actor, object: &str, entries: &[String]) {
    let answer = actor.post(&format!("{object}/metadata"), media::METADATA, &metadata(&entries.concat())).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

/// Three vApps: the first two have a rank and an owner, and the second a price of the provider's.
async fn furnished(world: &World) -> (Actor, Actor) {
    let (admin, tenant) = (world.login("administrator@System").await, world.login("author@example").await);
    for (name, rank, owner) in [("one", "1", "Ann"), ("two", "20", "Tom")] {
        let vapp = a_vapp(&tenant, name, "photon-1vm").await;
        let until = entry(None, "until", "MetadataDateTimeValue", &format!("2026-0{}-01T00:00:00Z", rank.len()));
        write(&tenant, &vapp, &[entry(None, "rank", NUMBER, rank), entry(None, "my owner", STRING, owner), until]).await;
        if name == "two" {
            let own = [entry(Some("PRIVATE"), "price", NUMBER, "9"), entry(Some("READONLY"), "contract", STRING, "gold")];
            write(&admin, &vapp, &own).await;
        }
    }
    a_vapp(&tenant, "three", "photon-1vm").await;
    (admin.at("37.0"), tenant.at("37.0"))
}

#[tokio::test]
async fn filters_of_all_types() {
    let world = World::new().await;
    let (admin, tenant) = furnished(&world).await;
    for (filter, found) in [
        ("metadata:rank==NUMBER:1", vec!["one"]),
        ("metadata:rank=gt=NUMBER:1", vec!["two"]),
        ("metadata:rank=ge=NUMBER:1", vec!["one", "two"]),
        ("metadata:rank!=NUMBER:1", vec!["two"]),
        ("metadata:rank==STRING:1", vec![]),
        ("metadata:rank==20", vec!["two"]),
        ("metadata:my%20owner==STRING:Ann", vec!["one"]),
        ("metadata:my%20owner==STRING:*o*", vec!["two"]),
        ("metadata:until=lt=DATETIME:2026-01-15T00:00:00Z", vec!["one"]),
        ("metadata:nothing==STRING:*", vec![]),
        ("metadata@SYSTEM:contract==STRING:gold", vec!["two"]),
        ("metadata:contract==STRING:gold", vec![]),
        ("(metadata:rank==NUMBER:1,name==three);name!=two", vec!["one", "three"]),
        ("metadata:rank==NUMBER:1;metadata:my%20owner==STRING:Tom", vec![]),
    ] {
        let query = format!("type=vApp&filterEncoded=true&filter={filter}");
        assert_eq!(names(&tenant, &query).await, found, "{filter}");
        assert_eq!(total(&tenant.get(&format!("/api/query?{query}&pageSize=1")).await), found.len(), "{filter}");
    }
    let price = "filter=metadata@SYSTEM:price==NUMBER:9";
    assert_eq!(names(&admin, &format!("type=adminVApp&{price}")).await, ["two"]);
    assert_eq!(names(&tenant, &format!("type=vApp&{price}")).await, [""; 0], "what is private is found by nobody else");
    assert_eq!(names(&tenant, "type=task&filter=metadata:rank==NUMBER:1").await, [""; 0], "tasks have none");
}

#[tokio::test]
async fn what_cannot_be_compared_says_where() {
    let world = World::new().await;
    let (_, tenant) = furnished(&world).await;
    for (filter, says) in [
        ("metadata:rank==NUMBER:x", "at character 1"),
        ("name==a;metadata:rank=gt=STRING:x", "at character 9"),
        ("metadata:rank=lt=1", "NUMBER:"),
    ] {
        let (status, message) = refusal(&tenant, &format!("type=vApp&filter={filter}")).await;
        assert!(status == 400 && message.contains(says), "{filter}: {status} {message}");
    }
    let nine: Vec<_> = (0..9).map(|at| format!("metadata:k{at}")).collect();
    let (status, message) = refusal(&tenant, &format!("type=vApp&fields=name,{}", nine.join(","))).await;
    assert!(status == 400 && message.contains('8'), "{message}");
}

#[tokio::test]
async fn records_show_what_is_asked_for() {
    let world = World::new().await;
    let (admin, tenant) = furnished(&world).await;
    let query = "/api/query?type=vApp&sortAsc=name&fields=name,metadata:rank,metadata:until,metadata@SYSTEM:contract,metadata@SYSTEM:price";
    for version in ["5.1", "5.5", "37.0"] {
        golden!(tenant.at(version).get(query).await, "metadata", "records", "documented (guide 5.1, metadata in queries)");
    }
    let seen = admin.get(&query.replace("vApp", "adminVApp")).await;
    assert_eq!((seen.count("Metadata"), seen.count("MetadataEntry")), (2, 6));
    let hers = tenant.get(query).await;
    assert_eq!((hers.count("VAppRecord"), hers.count("Metadata"), hers.count("MetadataEntry")), (3, 2, 5));
    assert_eq!(tenant.get("/api/query?type=vApp").await.count("Metadata"), 0, "nobody asked");
    let json = tenant.accepting("application/*+json;version=37.0").get(query).await.json();
    assert_eq!(json["record"].as_array().unwrap().iter().filter(|record| !record["metadata"].is_null()).count(), 2, "{json}");
}
