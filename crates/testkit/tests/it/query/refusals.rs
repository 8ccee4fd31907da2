//! Requests that cannot be answered. Invariant: the answer says where and why, and what was probably meant.

use super::refusal;
use vcdsim_testkit::World;

#[tokio::test]
async fn a_bad_filter_is_answered_with_place_and_reason() {
    let world = World::new().await;
    let tenant = world.login("orgadmin@example").await.at("36.0");
    for (filter, reason) in [
        ("Name==a", "at character 1: the query type vm has no attribute `Name`; perhaps `name` is meant"),
        ("name==a;memoryMb=gt=1", "at character 9: the query type vm has no attribute `memoryMb`; perhaps `memoryMB` is meant"),
        ("name==a,(status==x;isDeploied==true)", "at character 20: the query type vm has no attribute `isDeploied`; perhaps `isDeployed`"),
        ("colour==red", "at character 1: the query type vm has no attribute `colour`"),
        ("memoryMB==much", "at character 1: `memoryMB` is a whole number, not `much`"),
        ("memoryMB==1.5", "`memoryMB` is a whole number, not `1.5`"),
        ("memoryMB==", "`memoryMB` is a whole number, not ``"),
        ("memoryMB==5*", "`memoryMB` is a whole number, not `5*`"),
        ("isDeployed==yes", "`isDeployed` is true or false, not `yes`"),
        ("isDeployed=gt=false", "`=gt=` compares numbers and dates, but `isDeployed` is true or false"),
        ("name=lt=m", "`=lt=` compares numbers and dates, but `name` is text"),
        ("vdc=ge=x", "`=ge=` compares numbers and dates, but `vdc` is a reference"),
        ("vdc==example-vdc", "`vdc` is a reference (an href, a URN or a UUID), not `example-vdc`"),
        ("autoDeleteDate==2026-13-01T00:00:00Z", "`autoDeleteDate` is a date and time"),
        ("autoDeleteDate=gt=today", "`autoDeleteDate` is a date and time, not `today`"),
        ("name", "at character 5: after `name` one of == != =lt= =le= =gt= =ge= is missing"),
        ("name=a", "after `name` one of == != =lt= =le= =gt= =ge= is missing"),
        ("name=~a", "after `name` one of =="),
        ("==a", "at character 1: the name of an attribute is missing"),
        ("(name==a", "at character 9: 1 closing parenthesis missing"),
        ("((name==a);status==b", "1 closing parenthesis missing"),
        ("name==a)", "at character 8: a parenthesis is closed that was not opened"),
        ("()", "at character 2: a comparison such as name==value must stand here"),
        ("name==a;", "at character 9: the filter ends where a comparison"),
        ("name==a;;status==b", "at character 9: a comparison such as name==value must stand here"),
        (";name==a", "at character 1: a comparison such as name==value must stand here"),
        ("(name==a)(status==b)", "at character 10: ; or , must stand between two comparisons"),
        ("name==%FF", "not UTF-8 after decoding"),
    ] {
        let (status, message) = refusal(&tenant, &format!("type=vm&filter={filter}")).await;
        assert!(status == 400 && message.contains(reason), "{filter}: {status} {message}");
    }
    let deep = format!("{}name==a{}", "(".repeat(65), ")".repeat(65));
    let (status, message) = refusal(&tenant, &format!("type=vm&filter={deep}")).await;
    assert!(status == 400 && message.contains("at character 65: parentheses may nest 64 deep"), "{message}");
}

#[tokio::test]
async fn other_parameters_are_answered_by_their_names() {
    let world = World::new().await;
    let tenant = world.login("orgadmin@example").await.at("36.0");
    for (query, reason) in [
        ("type=vapp", "There is no query type `vapp` in API version 36.0; perhaps `vApp` is meant"),
        ("type=orgVDC", "perhaps `orgVdc` is meant"),
        ("type=catalogs", "perhaps `catalog` is meant"),
        ("type=hosts", "There is no query type `hosts` in API version 36.0."),
        ("type=vm&sortAsc=Name", "The query type vm has no attribute `Name` to sort by; perhaps `name` is meant."),
        ("type=vm&sortDesc=name,colour", "has no attribute `colour` to sort by."),
        ("type=vm&format=json", "The parameter format must be records, idrecords or references, not `json`."),
        ("type=vmDiskRelation&format=references", "has the formats records and idrecords only"),
        ("type=vm&page=0", "The parameter page must be a whole number of at least 1, not `0`."),
        ("type=vm&pageSize=-5", "The parameter pageSize must be a whole number of at least 1, not `-5`."),
        ("type=vm&page=two", "not `two`"),
        ("type=vm&offset=4294967296", "The parameter offset must be"),
    ] {
        let (status, message) = refusal(&tenant, query).await;
        assert!(status == 400 && message.contains(reason), "{query}: {status} {message}");
    }
    let system = refusal(&tenant, "type=hosts").await.1;
    assert!(!system.contains("perhaps"), "types that are not for the caller are not named: {system}");
}
