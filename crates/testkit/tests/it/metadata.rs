//! Metadata: of every kind of object that has it, typed and untyped, of both domains.

use crate::disk::a_disk;
use crate::story::{Story, VCLOUD};
use crate::vapp::{a_vapp, below, href};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::metadata::bearer::{BEARERS, Bearer};
use vcdsim_platform::seed::seeded_id;
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{Actor, Answer, WorldOptions, golden};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A `MetadataValue` of everybody's domain.
pub(crate) fn value(name: &str, text: &str) -> String {
    format!(
        "<MetadataValue xmlns=\"{VCLOUD}\" xmlns:xsi=\"{XSI}\"><TypedValue xsi:type=\"{name}\"><Value>{text}</Value></TypedValue></MetadataValue>"
    )
}

/// An entry of a `Metadata`; with a visibility it is one of the provider's.
pub(crate) fn entry(visibility: Option<&str>, key: &str, name: &str, text: &str) -> String {
    let domain = visibility.map(|visibility| format!("<Domain visibility=\"{visibility}\">SYSTEM</Domain>")).unwrap_or_default();
    format!("<MetadataEntry>{domain}<Key>{key}</Key><TypedValue xsi:type=\"{name}\"><Value>{text}</Value></TypedValue></MetadataEntry>")
}

pub(crate) fn metadata(entries: &str) -> String {
    format!("<Metadata xmlns=\"{VCLOUD}\" xmlns:xsi=\"{XSI}\">{entries}</Metadata>")
}

fn string(key: &str, text: &str) -> String {
    metadata(&entry(None, key, "MetadataStringValue", text))
}

/// Sends entries to an object, and answers the task as it was at first; whoever follows it finds it done.
async fn add(actor: &Actor, object: &str, entries: &str) -> Answer {
    let answer = send(actor, object, entries).await;
    assert_eq!(actor.get(&answer.attribute("href").unwrap()).await.status, 200);
    answer
}

async fn send(actor: &Actor, object: &str, entries: &str) -> Answer {
    let answer = actor.post(&format!("{object}/metadata"), media::METADATA, entries).await;
    assert_eq!(answer.status, 202, "{object}: {}", answer.text());
    answer
}

/// Keys and values of an object, as a caller sees them.
async fn seen(actor: &Actor, object: &str) -> Vec<(String, String)> {
    let answer = actor.get(&format!("{object}/metadata/")).await;
    assert_eq!(answer.status, 200, "{object}: {}", answer.text());
    let xml = answer.xml();
    let entries = xml.descendants().filter(|node| node.tag_name().name() == "MetadataEntry");
    let text = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.descendants().find(|node| node.tag_name().name() == name).and_then(|node| node.text()).unwrap_or_default().to_owned()
    };
    entries.map(|node| (text(node, "Key"), text(node, "Value"))).collect()
}

/// Where the first entry is changed.
fn edit_of(all: &Answer) -> String {
    let xml = all.xml();
    let link = xml.descendants().find(|node| node.tag_name().name() == "Link" && node.attribute("rel") == Some("edit"));
    link.and_then(|link| link.attribute("href")).unwrap().to_owned()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// An object of a kind, in the view in which its metadata is written.
async fn an_object(story: &Story, bearer: &Bearer) -> String {
    let (kind, view) = (bearer.kind(), bearer.edit.view);
    let path = match kind {
        Kind::VApp => return a_vapp(&story.tenant, "of-the-table", "photon-1vm").await,
        Kind::Vm => {
            let vapp = a_vapp(&story.tenant, "with-machine", "photon-1vm").await;
            return below(&story.tenant.get(&vapp).await).into_iter().find(|href| href.contains("/vm-")).unwrap();
        }
        Kind::Disk => return a_disk(&story.tenant, "noted", 8).await,
        Kind::Org => "example",
        Kind::Vdc => "example-vdc",
        Kind::VdcStorageProfile => "example-vdc/standard",
        Kind::Catalog => "example-catalog",
        Kind::CatalogItem | Kind::VAppTemplate => "example-catalog/photon-1vm",
        Kind::TemplateVm => "example-catalog/photon-1vm/photon-1vm",
        Kind::Media => "example-catalog/example-media",
        Kind::Network => "example-net",
        Kind::ProviderVdc => "example-pvdc",
        Kind::ProviderStorageProfile => "example-pvdc/standard",
        other => panic!("{other:?} has metadata and no object here"),
    };
    format!("{}{}", kind.info().place(view).path, seeded_id(kind, path))
}

/// In each row of the table: the link leads there, what is written is read in every view, changed by the links of its entry, and gone.
#[tokio::test]
async fn every_bearer_is_written_read_and_cleared() {
    let story = Story::begin(&[], "abort").await;
    let admin = story.admin.at("39.1");
    for bearer in &BEARERS {
        let object = an_object(&story, bearer).await;
        let label = bearer.add.label();
        let document = admin.get(&object).await;
        assert_eq!(document.status, 200, "{label}: {}", document.text());
        let all = admin.get(&document.link("down", media::METADATA)).await;
        assert_eq!((all.status, all.count("MetadataEntry")), (200, 0), "{label}");
        let answer = admin.post(&all.link("add", media::METADATA), media::METADATA, &string("my key/1", "one")).await;
        assert_eq!(answer.status, 202, "{label}: {}", answer.text());
        assert_eq!(answer.attribute("operationName").as_deref(), Some("metadataUpdate"), "{label}");
        for reading in bearer.reading {
            let place = bearer.kind().info().place(reading.all.view).path;
            let id = object.rsplit_once(['/', '-']).map(|_| &object[object.len() - 36..]).unwrap();
            assert_eq!(seen(&admin, &format!("{place}{id}")).await, pairs(&[("my key/1", "one")]), "{label}");
        }
        let all = admin.get(&document.link("down", media::METADATA)).await;
        let edit = edit_of(&all);
        assert!(edit.ends_with("/metadata/my%20key%2F1"), "{edit}");
        assert_eq!(admin.put(&edit, media::METADATA_VALUE, &value("MetadataNumberValue", "-7")).await.status, 202, "{label}");
        let one = admin.get(&edit).await;
        assert_eq!(one.text_of("Value").as_deref(), Some("-7"), "{label}");
        assert_eq!(admin.delete(&edit).await.status, 202, "{label}");
        assert_eq!(admin.get(&edit).await.status, 403, "{label}");
        assert_eq!(admin.delete(&edit).await.status, 403, "{label}");
        assert_eq!(seen(&admin, &object).await, [], "{label}");
    }
}

#[tokio::test]
async fn documents_at_their_versions() {
    let story = Story::begin(&[], "abort").await;
    let vapp = a_vapp(&story.tenant, "noted", "photon-1vm").await;
    let entries = [
        entry(None, "owner", "MetadataStringValue", "Tom &amp; Ann"),
        entry(None, "rank", "MetadataNumberValue", "3"),
        entry(None, "tested", "MetadataBooleanValue", "1"),
        entry(None, "until", "MetadataDateTimeValue", "2026-06-18T12:00:00-05:00"),
        entry(Some("READONLY"), "contract", "MetadataStringValue", "gold"),
        entry(Some("PRIVATE"), "price", "MetadataNumberValue", "12"),
    ];
    let task = add(&story.admin.at("5.5"), &vapp, &metadata(&entries.concat())).await;
    golden!(task, "metadata", "task", "documented (guide 5.5, metadata; reference 5.4)");
    for version in ["1.5", "5.1", "5.5", "30.0", "39.1"] {
        let (tenant, admin) = (story.tenant.at(version), story.admin.at(version));
        golden!(
            tenant.get(&format!("{vapp}/metadata")).await,
            "metadata",
            "of-vapp-tenant",
            "recorded shape; documented (guides 1.5 and 5.5)"
        );
        golden!(
            admin.get(&format!("{vapp}/metadata")).await,
            "metadata",
            "of-vapp-provider",
            "recorded shape; documented (guides 1.5 and 5.5)"
        );
        golden!(tenant.get(&format!("{vapp}/metadata/rank")).await, "metadata", "value", "recorded shape; documented (guide 5.5)");
    }
    golden!(
        story.admin.at("5.5").get(&format!("{vapp}/metadata/SYSTEM/price")).await,
        "metadata",
        "private-value",
        "documented (guide 5.5)"
    );
    let catalog = href(Kind::Catalog, "example-catalog");
    golden!(story.tenant.at("5.5").get(&format!("{catalog}/metadata")).await, "metadata", "of-catalog", "recorded shape (jclouds)");
}

/// As libcloud does, at any version; from 5.1 on what was sent so is text.
#[tokio::test]
async fn the_form_of_1_5_is_taken_everywhere() {
    let story = Story::begin(&[], "abort").await;
    for version in ["1.5", "5.5"] {
        let actor = story.tenant.at(version);
        let vapp = a_vapp(&actor, &format!("old-{version}"), "photon-1vm").await;
        let sent = metadata("<MetadataEntry><Key>a</Key><Value>1</Value></MetadataEntry>");
        add(&actor, &vapp, &sent).await;
        let one = format!("<MetadataValue xmlns=\"{VCLOUD}\"><Value>2</Value></MetadataValue>");
        assert_eq!(actor.put(&format!("{vapp}/metadata/b"), media::METADATA_VALUE, &one).await.status, 202);
        assert_eq!(seen(&actor, &vapp).await, pairs(&[("a", "1"), ("b", "2")]));
        let new = story.tenant.at("5.1").get(&format!("{vapp}/metadata/a")).await;
        assert_eq!(new.attribute_of("TypedValue", "type").as_deref(), Some("MetadataStringValue"));
    }
}

#[tokio::test]
async fn the_domain_of_the_provider() {
    let story = Story::begin(&[], "abort").await;
    let (admin, tenant) = (story.admin.at("5.5"), story.tenant.at("5.5"));
    let vapp = a_vapp(&tenant, "kept", "photon-1vm").await;
    let system = metadata(
        &[entry(Some("PRIVATE"), "k", "MetadataStringValue", "p"), entry(Some("READONLY"), "r", "MetadataStringValue", "q")].concat(),
    );
    assert_eq!(tenant.post(&format!("{vapp}/metadata"), media::METADATA, &system).await.status, 403);
    add(&admin, &vapp, &system).await;
    add(&tenant, &vapp, &string("k", "own")).await;
    assert_eq!(seen(&admin, &vapp).await, pairs(&[("k", "own"), ("k", "p"), ("r", "q")]));
    assert_eq!(seen(&tenant, &vapp).await, pairs(&[("k", "own"), ("r", "q")]));
    let place = |key: &str| format!("{vapp}/metadata/SYSTEM/{key}");
    assert_eq!((tenant.get(&place("k")).await.status, tenant.get(&place("r")).await.status), (403, 200));
    let read_only = tenant.get(&place("r")).await;
    assert!(read_only.find_link("edit", media::METADATA_VALUE).is_none() && read_only.find_link("remove", "").is_none());
    let sent = value("MetadataStringValue", "other");
    assert_eq!(tenant.put(&place("r"), media::METADATA_VALUE, &sent).await.status, 403);
    assert_eq!(tenant.delete(&place("r")).await.status, 403);
    assert_eq!(admin.put(&place("r"), media::METADATA_VALUE, &sent).await.status, 202);
    let after = tenant.get(&place("r")).await;
    assert_eq!(
        (after.text_of("Value").as_deref(), after.attribute_of("Domain", "visibility").as_deref()),
        (Some("other"), Some("READONLY"))
    );
    assert_eq!(seen(&story.admin.at("1.5"), &vapp).await, pairs(&[("k", "own")]), "1.5 knows of no domains");
}

/// Who may not change the object sees no way to change its metadata.
#[tokio::test]
async fn who_reads_only_has_no_links_to_change() {
    let story = Story::begin(&[], "abort").await;
    let reader = story.world.login("user@example").await.at("36.0");
    let item = href(Kind::CatalogItem, "example-catalog/photon-1vm");
    add(&story.admin.at("36.0"), &item, &string("a", "1")).await;
    let all = reader.get(&format!("{item}/metadata")).await;
    assert_eq!((all.status, all.count("MetadataEntry")), (200, 1));
    assert!(all.find_link("add", media::METADATA).is_none() && !all.text().contains("rel=\"edit\""));
    assert_eq!(reader.post(&format!("{item}/metadata"), media::METADATA, &string("b", "2")).await.status, 403);
    let foreign = story.world.login("orgadmin2@example2").await;
    assert_eq!(foreign.get(&format!("{}/metadata", href(Kind::Vdc, "example-vdc"))).await.status, 403);
    // The view of tenants is not the one that takes changes.
    let vdc = href(Kind::Vdc, "example-vdc");
    assert!(story.admin.get(&format!("{vdc}/metadata")).await.find_link("add", media::METADATA).is_none());
    assert_eq!(story.admin.post(&format!("{vdc}/metadata"), media::METADATA, &string("b", "2")).await.status, 405);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_says_where() {
    let story = Story::begin(&[], "abort").await;
    let tenant = story.tenant.at("5.5");
    let vapp = a_vapp(&tenant, "strict", "photon-1vm").await;
    let url = format!("{vapp}/metadata");
    for (entries, says) in [
        (entry(None, "n", "MetadataNumberValue", "notANumber"), "notANumber"),
        (entry(None, "b", "MetadataBooleanValue", "notABool"), "notABool"),
        (entry(None, "d", "MetadataDateTimeValue", "notADate"), "notADate"),
        (entry(None, "x", "SomethingElse", "1"), "SomethingElse"),
        (entry(None, "a;b", "MetadataStringValue", "1"), "semicolon"),
        (entry(Some("READWRITE"), "s", "MetadataStringValue", "1"), "visibility"),
        ("<MetadataEntry><Key>v</Key></MetadataEntry>".to_owned(), "TypedValue"),
        ((0..1_025).map(|at| entry(None, &format!("k{at}"), "MetadataNumberValue", "1")).collect(), "1024"),
    ] {
        let answer = tenant.post(&url, media::METADATA, &metadata(&entries)).await;
        assert_eq!(answer.status, 400, "{says}");
        assert!(answer.text().contains(says), "{says}: {}", answer.text());
    }
    let other = format!("<MetadataValue xmlns=\"{VCLOUD}\"><Domain visibility=\"PRIVATE\">SYSTEM</Domain><Value>1</Value></MetadataValue>");
    assert_eq!(tenant.put(&format!("{url}/a"), media::METADATA_VALUE, &other).await.status, 400);
    assert_eq!(seen(&tenant, &vapp).await, []);
}

/// Clients note things on a vApp as soon as there is one; no task on it keeps them from it, and nothing of two changes is lost.
#[tokio::test]
async fn what_is_being_made_has_metadata_already() {
    let slow = WorldOptions { pace: Pace::Fixed(1_000), ..WorldOptions::default() };
    let story = Story::begin_with(slow, &["vdcInstantiateVapp"], "abort", 60_000).await;
    let blocked = story.blocked("scaffold").await;
    let tenant = story.tenant.at("5.5");
    let tasks = [add(&tenant, &blocked.vapp, &string("a", "1")).await, add(&tenant, &blocked.vapp, &string("b", "2")).await];
    assert_eq!(seen(&tenant, &blocked.vapp).await, [], "they run");
    story.world.advance_millis(1_000).await;
    for task in tasks {
        let ended = tenant.get(&task.attribute("href").unwrap()).await;
        assert_eq!(ended.attribute("status").as_deref(), Some("success"), "{}", ended.text());
    }
    assert_eq!(seen(&tenant, &blocked.vapp).await, pairs(&[("a", "1"), ("b", "2")]));
    // What goes while its metadata is being changed takes that along, and the change fails.
    let late = add(&tenant, &blocked.vapp, &string("c", "3")).await;
    story.act(&blocked.blocking, "abort", "").await;
    assert_eq!(tenant.get(&blocked.vapp).await.status, 403);
    story.world.advance_millis(1_000).await;
    assert_eq!(tenant.get(&late.attribute("href").unwrap()).await.attribute("status").as_deref(), Some("error"));
    let rows = story.world.instance().app.cloud().store().dump().await.unwrap().rows("metadata").count();
    assert_eq!(rows, 0, "it goes with its object");
}

/// Without a pace nobody who asks for the object finds it as it was before, whether he follows the task or not.
#[tokio::test]
async fn who_asks_for_the_object_finds_it_changed() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let blocked = story.blocked("scaffold").await;
    let task = send(&story.tenant, &blocked.vapp, &string("a", "1")).await;
    assert_eq!(task.attribute("status").as_deref(), Some("running"));
    assert_eq!(seen(&story.tenant, &blocked.vapp).await, pairs(&[("a", "1")]));
}

/// A key may look like anything that a URL can have.
#[tokio::test]
async fn keys_as_clients_write_them() {
    let story = Story::begin(&[], "abort").await;
    let tenant = story.tenant.at("5.5");
    let vapp = a_vapp(&tenant, "keys", "photon-1vm").await;
    for key in ["SYSTEM/x", "a/b", "a b", "ä", "100%", "%2F", "a?b#c", "GENERAL"] {
        add(&tenant, &vapp, &string(key, key)).await;
        let edit = edit_of(&tenant.get(&format!("{vapp}/metadata")).await);
        let one = tenant.get(&edit).await;
        assert_eq!(one.text_of("Value").as_deref(), Some(key), "{edit}");
        assert_eq!(tenant.delete(&edit).await.status, 202, "{edit}");
    }
    for (sent, key) in [("GENERAL/x%20y", "x y"), ("one/two/", "one/two"), ("Case", "Case")] {
        let answer = tenant.put(&format!("{vapp}/metadata/{sent}"), media::METADATA_VALUE, &value("MetadataStringValue", "v")).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert!(seen(&tenant, &vapp).await.contains(&(key.to_owned(), "v".to_owned())), "{sent}");
    }
}

/// What is copied is preserved: whole objects, and what lies in them.
#[tokio::test]
async fn copies_have_the_metadata_of_their_sources() {
    let story = Story::begin(&[], "abort").await;
    let (admin, tenant) = (story.admin.at("5.5"), story.tenant.at("5.5"));
    let (template, inner) =
        (href(Kind::VAppTemplate, "example-catalog/photon-1vm"), href(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm"));
    add(&admin, &template, &string("of", "template")).await;
    add(&admin, &template, &metadata(&entry(Some("PRIVATE"), "price", "MetadataNumberValue", "1"))).await;
    add(&admin, &inner, &string("of", "machine")).await;
    let machine = async |vapp: &str| below(&tenant.get(vapp).await).into_iter().find(|href| href.contains("/vm-")).unwrap();
    let vapp = a_vapp(&tenant, "copy", "photon-1vm").await;
    assert_eq!(seen(&admin, &vapp).await, pairs(&[("of", "template"), ("price", "1")]));
    assert_eq!(seen(&tenant, &vapp).await, pairs(&[("of", "template")]));
    assert_eq!(seen(&tenant, &machine(&vapp).await).await, pairs(&[("of", "machine")]));
    // What is changed here, stays here.
    add(&tenant, &vapp, &string("of", "vApp")).await;
    assert_eq!(seen(&tenant, &template).await, pairs(&[("of", "template")]));
    let vdc = href(Kind::Vdc, "example-vdc");
    let body = format!("<CloneVAppParams xmlns=\"{VCLOUD}\" name=\"again\"><Source href=\"{vapp}\"/></CloneVAppParams>");
    let cloned = tenant.post(&format!("{vdc}/action/cloneVApp"), media::CLONE_VAPP_PARAMS, &body).await.attribute("href").unwrap();
    assert_eq!(seen(&tenant, &cloned).await, pairs(&[("of", "vApp")]));
    assert_eq!(seen(&tenant, &machine(&cloned).await).await, pairs(&[("of", "machine")]));
    let body = format!("<CaptureVAppParams xmlns=\"{VCLOUD}\" name=\"kept\"><Source href=\"{vapp}\"/></CaptureVAppParams>");
    let captured =
        admin.post(&format!("{}/action/captureVApp", href(Kind::Catalog, "example-catalog")), media::CAPTURE_VAPP_PARAMS, &body).await;
    let captured = captured.attribute_of("Owner", "href").unwrap();
    assert_eq!(seen(&admin, &captured).await, pairs(&[("of", "vApp"), ("price", "1")]));
    let item = href(Kind::CatalogItem, "example-catalog/photon-1vm");
    add(&admin, &item, &string("of", "item")).await;
    let body =
        format!("<CopyOrMoveCatalogItemParams xmlns=\"{VCLOUD}\" name=\"other\"><Source href=\"{item}\"/></CopyOrMoveCatalogItemParams>");
    let catalog = href(Kind::Catalog, "example-nsxt-catalog");
    let task = admin.post(&format!("{catalog}/action/copy"), media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS, &body).await;
    assert_eq!(task.status, 202, "{}", task.text());
    story.world.settle().await;
    let listed = admin.get(&catalog).await;
    let xml = listed.xml();
    let copy = xml.descendants().find(|node| node.tag_name().name() == "CatalogItem" && node.attribute("name") == Some("other"));
    let copy = copy.and_then(|node| node.attribute("href")).unwrap().to_owned();
    assert_eq!(seen(&admin, &copy).await, pairs(&[("of", "item")]));
    let entity = admin.get(&copy).await.attribute_of("Entity", "href").unwrap();
    assert_eq!(seen(&admin, &entity).await, pairs(&[("of", "template"), ("price", "1")]));
}
