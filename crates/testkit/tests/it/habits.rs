//! What clients do that no guide asks of them. Invariant: it is answered as a real server answers it, and changes nothing that it should not.

use crate::walk::{references, routed_world};
use std::collections::BTreeSet;
use vcdsim_testkit::{Actor, Answer, World};

/// Every document that somebody reaches, by its href.
async fn documents(actor: &Actor) -> Vec<Answer> {
    let (mut met, mut open, mut found) = (BTreeSet::new(), vec!["/api/session".to_owned()], Vec::new());
    while let Some(href) = open.pop() {
        if !met.insert(href.clone()) {
            continue;
        }
        let answer = actor.get(&href).await;
        open.extend(references(&answer).into_iter().map(|(next, _)| next));
        if answer.status == 200 && answer.media().contains("+xml") {
            found.push(answer);
        }
    }
    found
}

/// The places where a document can be sent back, each with the type that its link names.
fn editable(documents: &[Answer]) -> BTreeSet<(String, String)> {
    let mut places = BTreeSet::new();
    for answer in documents {
        let document = answer.xml();
        let edits = document.descendants().filter(|node| node.tag_name().name() == "Link" && node.attribute("rel") == Some("edit"));
        let places_of = edits.filter_map(|link| Some((link.attribute("href")?.to_owned(), link.attribute("type")?.to_owned())));
        places.extend(places_of.filter(|(_, media)| media.ends_with("+xml")));
    }
    places
}

/// A document without the number of a catalog's version, which counts what was asked for.
fn content(answer: &Answer) -> String {
    match answer.text_of("VersionNumber") {
        Some(version) => answer.text().replace(&format!("<VersionNumber>{version}<"), "<VersionNumber><"),
        None => answer.text().to_owned(),
    }
}

#[tokio::test]
async fn a_document_that_is_sent_back_changes_nothing() {
    let world = routed_world().await;
    let mut tried = BTreeSet::new();
    for name in ["administrator@System", "orgadmin@example"] {
        let actor = world.login(name).await;
        let json = actor.accepting("application/*+json");
        for (href, media) in editable(&documents(&actor).await) {
            let before = actor.get(&href).await;
            if before.status != 200 {
                continue;
            }
            let xml = actor.put(&href, &media, before.text()).await;
            assert!([200, 202, 204].contains(&xml.status), "{name} {href}: {} {}", xml.status, xml.text());
            world.settle().await;
            assert_eq!(content(&actor.get(&href).await), content(&before), "{name} {href} as XML");
            let value = json.get(&href).await;
            let sent = json.put(&href, &media.replace("+xml", "+json"), value.text()).await;
            assert!([200, 202, 204].contains(&sent.status), "{name} {href}: {} {}", sent.status, sent.text());
            world.settle().await;
            assert_eq!(content(&actor.get(&href).await), content(&before), "{name} {href} as JSON");
            tried.insert(media);
        }
    }
    assert!(tried.len() > 12, "{tried:?}");
}

#[tokio::test]
async fn slashes_may_be_doubled_and_trail() {
    let world = routed_world().await;
    let actor = world.login("administrator@System").await;
    for document in documents(&actor).await {
        let href = document.attribute("href").unwrap_or_default();
        let Some((_, path)) = href.split_once("vcd.test").filter(|(_, path)| !path.contains('?')) else { continue };
        let odd = format!("//{}//", path.trim_matches('/').replace('/', "//"));
        let answer = actor.get(&odd).await;
        assert_eq!((answer.status, answer.text()), (200, actor.get(path).await.text()), "{odd}");
    }
}

#[tokio::test]
async fn flags_are_spelled_as_languages_spell_them() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    let full = crate::catalog::catalog(&admin).await;
    let twin = crate::org::admin_twin(&full);
    for query in ["force=False&recursive=False", "force=None&recursive=None", "force=false", "recursive=0", "recursive="] {
        let refused = admin.delete(&format!("{twin}?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: a catalog that is not empty goes only when that is asked for: {}", refused.text());
    }
    let gone = admin.delete(&format!("{twin}?force=False&recursive=True")).await;
    assert!([202, 204].contains(&gone.status), "{}", gone.text());
}

#[tokio::test]
async fn a_path_says_which_verbs_it_takes() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = crate::vapp::a_vapp(&author, "shop", "photon-1vm").await;
    for (path, verbs) in [
        (vapp.clone(), "GET, PUT, DELETE, HEAD, OPTIONS"),
        (format!("{vapp}/action/deploy/"), "POST, OPTIONS"),
        ("/api/query".to_owned(), "GET, HEAD, OPTIONS"),
    ] {
        let asked = author.send("OPTIONS", &path, &[], "").await;
        assert_eq!((asked.status, asked.header("allow"), asked.text()), (200, Some(verbs), ""), "{path}");
        let refused = author.send("PATCH", &path, &[], "").await;
        assert_eq!((refused.status, refused.header("allow")), (405, Some(verbs)), "{path}");
        assert_eq!(refused.attribute("minorErrorCode").as_deref(), Some("METHOD_NOT_ALLOWED"));
    }
    for (path, status) in [("/api/nothing", 404), ("/api/extensibility/x", 501)] {
        let asked = author.send("OPTIONS", path, &[], "").await;
        assert_eq!((asked.status, asked.header("allow")), (status, None), "{path}");
    }
    let stranger = world.anonymous().send("OPTIONS", "/api/admin/extension/blockingTasks", &[], "").await;
    assert_eq!((stranger.status, stranger.header("allow")), (401, None), "nobody learns what there is for administrators");
    assert_eq!(author.send("OPTIONS", "/api/admin/extension/blockingTasks", &[], "").await.status, 403);
}

#[tokio::test]
async fn headers_that_mean_nothing_here_change_nothing() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = crate::vapp::a_vapp(&author, "shop", "photon-1vm").await;
    let plain = author.get(&vapp).await;
    for header in [
        ("if-none-match", "*"),
        ("if-match", "\"nothing\""),
        ("if-modified-since", "Wed, 01 Jan 2031 00:00:00 GMT"),
        ("if-unmodified-since", "Wed, 01 Jan 1997 00:00:00 GMT"),
        ("range", "bytes=0-9"),
        ("x-vmware-vcloud-client-request-id", "1-2026-03-04-08-15-00-000-"),
        ("te", "trailers"),
        ("content-encoding", "identity"),
    ] {
        let answer = author.send("GET", &vapp, &[header], "").await;
        assert_eq!((answer.status, answer.text()), (200, plain.text()), "{header:?}");
    }
    let packed = author.send("PUT", &vapp, &[("content-encoding", "gzip"), ("content-type", "application/xml")], "\u{1f}\u{8b}").await;
    assert_eq!((packed.status, packed.attribute("minorErrorCode").as_deref()), (415, Some("UNSUPPORTED_MEDIA_TYPE")));
    assert!(packed.attribute("message").is_some_and(|message| message.contains("gzip")), "{}", packed.text());
}
