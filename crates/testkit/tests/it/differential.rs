//! One question asked in several ways: by query in each format, by the documents of containers, by the documents of the objects themselves
//! and by the entity resolver. Invariant: whatever somebody sees in one way, it sees in the others, and alike.

pub(crate) mod scene;

use scene::furnished;
use std::collections::{BTreeMap, BTreeSet};
use vcdsim_testkit::{Actor, Answer};

pub(crate) const PEOPLE: [&str; 7] = [
    "administrator@System",
    "orgadmin@example",
    "cataloger@example",
    "author@example",
    "user@example",
    "console@example",
    "orgadmin2@example2",
];

const VERSIONS: [&str; 5] = ["1.5", "5.5", "30.0", "36.0", "39.1"];

/// Query types whose rows lead to a document, with the twin that administrators of the cloud have.
const TYPES: [(&str, Option<&str>); 16] = [
    ("vApp", Some("adminVApp")),
    ("vm", Some("adminVM")),
    ("vAppTemplate", Some("adminVAppTemplate")),
    ("media", Some("adminMedia")),
    ("catalog", Some("adminCatalog")),
    ("catalogItem", Some("adminCatalogItem")),
    ("disk", Some("adminDisk")),
    ("orgVdc", Some("adminOrgVdc")),
    ("orgVdcNetwork", None),
    ("orgNetwork", Some("adminOrgNetwork")),
    ("orgVdcStorageProfile", Some("adminOrgVdcStorageProfile")),
    ("edgeGateway", None),
    ("vAppNetwork", Some("adminVAppNetwork")),
    ("vAppOrgVdcNetworkRelation", None),
    ("user", Some("adminUser")),
    ("task", Some("adminTask")),
];

type Rows = Vec<BTreeMap<String, String>>;

/// The UUID at the end of an href or URN.
fn id(text: &str) -> String {
    text[text.len() - 36..].to_owned()
}

fn rows(answer: &Answer) -> Rows {
    let xml = answer.xml();
    let rows = xml.root_element().children().filter(|node| node.is_element() && node.tag_name().name() != "Link");
    rows.map(|row| row.attributes().map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned())).collect()).collect()
}

/// The rows of a type; nothing when the caller or the version has no such type.
async fn ask(actor: &Actor, query_type: &str, more: &str) -> Option<Rows> {
    let answer = actor.get(&format!("/api/query?type={query_type}&pageSize=128{more}")).await;
    match answer.status {
        200 => {
            assert!(answer.attribute("total").unwrap().parse::<usize>().unwrap() < 128, "all rows must fit on one page");
            Some(rows(&answer))
        }
        400 | 403 => None,
        _ => panic!("{query_type}: {}", answer.text()),
    }
}

fn column<'a>(rows: &'a Rows, name: &str) -> Vec<Option<&'a str>> {
    rows.iter().map(|row| row.get(name).map(String::as_str)).collect()
}

/// One person at one version.
struct Looker {
    actor: Actor,
    who: String,
    version: &'static str,
}

impl Looker {
    async fn rows(&self, query_type: &str) -> Rows {
        ask(&self.actor, query_type, "").await.unwrap_or_default()
    }

    /// The documents of these rows, each of which must be readable.
    async fn documents(&self, rows: &Rows) -> Vec<Answer> {
        let mut all = Vec::new();
        for row in rows {
            let answer = self.actor.get(&row["href"]).await;
            assert_eq!(answer.status, 200, "{self} {row:?}: {}", answer.text());
            all.push(answer);
        }
        all
    }

    /// The formats of a query agree, and each row with the document that it leads to and with the entity resolver.
    async fn one_type(&self, query_type: &str) {
        let Some(records) = ask(&self.actor, query_type, "").await else { return };
        let ids = ask(&self.actor, query_type, "&format=idrecords").await.unwrap();
        let ends = |rows: &Rows, name: &str| -> Vec<String> { rows.iter().map(|row| id(&row[name])).collect() };
        assert_eq!(ends(&records, "href"), ends(&ids, "id"), "{self} {query_type}");
        assert_eq!(column(&records, "name"), column(&ids, "name"), "{self} {query_type}");
        let references = ask(&self.actor, query_type, "&format=references").await.unwrap();
        assert_eq!(column(&records, "href"), column(&references, "href"), "{self} {query_type}");
        assert_eq!(column(&ids, "id"), column(&references, "id"), "{self} {query_type}");
        assert_eq!(column(&records, "name"), column(&references, "name"), "{self} {query_type}");
        let documents = self.documents(&records).await;
        for (index, document) in documents.iter().enumerate() {
            self.alike(query_type, &records[index], document);
            let wanted = references[index].get("type").map(String::as_str);
            assert_eq!(document.attribute("type").as_deref(), wanted, "{self} {query_type} {:?}", records[index]);
            self.resolved(query_type, &ids[index]["id"], &records[index]["href"]).await;
        }
    }

    /// What a row says of an object, its document says, too.
    fn alike(&self, query_type: &str, row: &BTreeMap<String, String>, document: &Answer) {
        let root = document.xml().root_element().tag_name().name().to_owned();
        let name = document.attribute(if root == "Task" { "operationName" } else { "name" });
        assert_eq!(name.as_ref(), row.get("name"), "{self} {query_type}");
        let words = [
            ("POWERED_OFF", "8"),
            ("POWERED_ON", "4"),
            ("SUSPENDED", "3"),
            ("RESOLVED", "1"),
            ("READY", "1"),
            ("MIXED", "10"),
            ("UNRESOLVED", "0"),
        ];
        if let (Some(word), Some(said)) = (row.get("status"), document.attribute("status")) {
            let code = words.iter().find(|(known, _)| known == word).map_or(word.as_str(), |(_, code)| code);
            assert_eq!(said, code, "{self} {query_type} {row:?}");
        }
        // Machines belong to whom their vApp or template belongs, and their documents do not say it.
        if let (Some(owner), true) =
            (row.get("ownerName"), ["VApp", "VAppTemplate", "Media", "Disk"].contains(&root.as_str()) && !query_type.ends_with(['m', 'M']))
        {
            assert_eq!(document.attribute_of("User", "name").as_ref(), Some(owner), "{self} {query_type}");
        }
        for (attribute, element) in [("isDeployed", "deployed"), ("description", "Description")] {
            let said = document.attribute(element).or_else(|| document.text_of(element));
            if let (Some(wanted), Some(said)) = (row.get(attribute), said) {
                assert_eq!(*wanted, said, "{self} {query_type} {attribute}");
            }
        }
    }

    async fn resolved(&self, query_type: &str, urn: &str, href: &str) {
        let answer = self.actor.get(&format!("/api/entity/{urn}")).await;
        assert_eq!(answer.status, 200, "{self} {query_type} {urn}: {}", answer.text());
        let xml = answer.xml();
        // Views of one type have one link.
        let known = xml
            .descendants()
            .filter_map(|link| link.attribute("href"))
            .any(|link| link.starts_with("https://vcd.test/api/") && id(link) == id(href));
        assert!(known, "{self} {query_type} {href}: {}", answer.text());
    }

    /// What lies in these documents: the ids and names of references that are children of an element.
    fn inside(documents: &[Answer], element: &str) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for document in documents {
            let xml = document.xml();
            let holders = xml.descendants().filter(|node| node.tag_name().name() == element);
            let all = holders.flat_map(|holder| holder.children().filter(|node| node.has_attribute("href")));
            found.extend(all.map(|node| (id(node.attribute("href").unwrap()), node.attribute("name").unwrap_or_default().to_owned())));
        }
        found
    }

    async fn found(&self, query_types: &[&str], keep: impl Fn(&BTreeMap<String, String>) -> bool) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for query_type in query_types {
            let rows = self.rows(query_type).await;
            found.extend(rows.iter().filter(|row| keep(row)).map(|row| (id(&row["href"]), row["name"].clone())));
        }
        found
    }

    /// What documents of containers list is what queries find.
    async fn containers(&self) {
        let vdcs = self.rows("orgVdc").await;
        let documents = self.documents(&vdcs).await;
        let own: BTreeSet<String> = vdcs.iter().map(|row| id(&row["href"])).collect();
        // What lies in catalogs of other organizations, or in VDCs that one may not see, no VDC lists.
        let here = |row: &BTreeMap<String, String>| row.get("vdc").is_some_and(|vdc| own.contains(&id(vdc)));
        let entities = self.found(&["vApp", "vAppTemplate", "media", "disk"], here).await;
        assert_eq!(Self::inside(&documents, "ResourceEntities"), entities, "{self}");
        if self.version != "1.5" {
            assert_eq!(Self::inside(&documents, "AvailableNetworks"), self.found(&["orgVdcNetwork"], |_| true).await, "{self}");
            assert_eq!(Self::inside(&documents, "VdcStorageProfiles"), self.found(&["orgVdcStorageProfile"], |_| true).await, "{self}");
        }
        let catalogs = self.documents(&self.rows("catalog").await).await;
        let items = self.documents(&self.rows("catalogItem").await).await;
        // Who may not look into catalogs sees their items all the same: it may make something of them.
        if !catalogs.is_empty() {
            assert_eq!(Self::inside(&catalogs, "CatalogItems"), self.found(&["catalogItem"], |_| true).await, "{self}");
            let entities = self.found(&["vAppTemplate", "media"], |_| true).await;
            assert_eq!(Self::inside(&items, "CatalogItem").intersection(&entities).count(), entities.len(), "{self}");
        }
        for (query_type, template) in [("vApp", "false"), ("vAppTemplate", "true")] {
            let wholes = self.documents(&self.rows(query_type).await).await;
            let machines = self.found(&["vm"], |row| row["isVAppTemplate"] == template).await;
            assert_eq!(Self::inside(&wholes, "Children"), machines, "{self} {query_type}");
        }
        self.organization(&own).await;
    }

    /// The links of the own organization lead to what queries find.
    async fn organization(&self, vdcs: &BTreeSet<String>) {
        let list = self.actor.get("/api/org").await;
        let hrefs: Vec<String> = list
            .xml()
            .descendants()
            .filter(|node| node.tag_name().name() == "Org")
            .map(|node| node.attribute("href").unwrap().to_owned())
            .collect();
        let mut listed = BTreeSet::new();
        let mut catalogs = BTreeSet::new();
        for href in hrefs {
            let org = self.actor.get(&href).await;
            assert_eq!(org.status, 200, "{self} {href}");
            let xml = org.xml();
            for link in xml.descendants().filter(|node| node.attribute("rel") == Some("down")) {
                match link.attribute("type") {
                    Some("application/vnd.vmware.vcloud.vdc+xml") => drop(listed.insert(id(link.attribute("href").unwrap()))),
                    Some("application/vnd.vmware.vcloud.catalog+xml") => drop(catalogs.insert(id(link.attribute("href").unwrap()))),
                    _ => {}
                }
            }
        }
        if !listed.is_empty() || !["36.0", "39.1"].contains(&self.version) {
            assert_eq!(listed, *vdcs, "{self}");
            let found: BTreeSet<String> = self.rows("catalog").await.iter().map(|row| id(&row["href"])).collect();
            assert_eq!(catalogs, found, "{self}");
        }
    }
}

impl std::fmt::Display for Looker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.who, self.version)
    }
}

async fn lookers() -> Vec<Looker> {
    let world = furnished().await;
    let mut all = Vec::new();
    for who in PEOPLE {
        let actor = world.login(who).await;
        all.extend(VERSIONS.map(|version| Looker { actor: actor.at(version), who: who.to_owned(), version }));
    }
    // The server goes with its world.
    Box::leak(Box::new(world));
    all
}

#[tokio::test]
async fn rows_documents_and_the_resolver_say_the_same() {
    for looker in lookers().await {
        for (plain, admin) in TYPES {
            looker.one_type(plain).await;
            if let Some(admin) = admin {
                looker.one_type(admin).await;
            }
        }
    }
}

#[tokio::test]
async fn containers_list_what_queries_find() {
    for looker in lookers().await {
        looker.containers().await;
    }
}

/// A tenant's types and the provider's twins have the same rows; what the provider's say more is beside the question.
#[tokio::test]
async fn twins_have_the_same_rows() {
    let world = furnished().await;
    let admin = world.login("administrator@System").await;
    for version in VERSIONS {
        let admin = admin.at(version);
        for (plain, twin) in TYPES.iter().filter_map(|(plain, twin)| Some((plain, (*twin)?))) {
            let (Some(tenants), Some(provider)) = (ask(&admin, plain, "").await, ask(&admin, twin, "").await) else { continue };
            let ids = |rows: &Rows| -> Vec<String> { rows.iter().map(|row| id(&row["href"])).collect() };
            assert_eq!(ids(&tenants), ids(&provider), "{plain} at {version}");
            for (one, other) in tenants.iter().zip(&provider) {
                for (name, value) in one.iter().filter(|(name, _)| !["href"].contains(&name.as_str())) {
                    let twin = other.get(name).unwrap_or(value);
                    assert!(twin == value || id_or(twin) == id_or(value), "{plain}.{name} at {version}: {value} and {twin}");
                }
            }
        }
    }
}

/// References lead into views of one object.
fn id_or(text: &str) -> &str {
    if text.contains("/api/") { &text[text.len() - 36..] } else { text }
}

/// Nobody is told of another organization's objects, in whatever way it asks.
#[tokio::test]
async fn another_organization_is_unheard_of() {
    let world = furnished().await;
    let (admin, stranger) = (world.login("administrator@System").await, world.login("orgadmin2@example2").await);
    let lent: BTreeSet<String> = ask(&stranger, "catalogItem", "").await.unwrap().iter().map(|row| row["href"].clone()).collect();
    assert_eq!(lent.len(), 1, "one catalog with one template is shared with it");
    for (query_type, _) in TYPES {
        let Some(all) = ask(&admin, query_type, "").await else { continue };
        let seen = ask(&stranger, query_type, "").await.unwrap_or_default();
        for row in all.iter().filter(|row| !seen.iter().any(|seen| seen["href"] == row["href"])) {
            let status = stranger.get(&row["href"]).await.status;
            assert_eq!(status, 403, "{query_type} {row:?}");
        }
    }
}
