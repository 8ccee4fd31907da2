//! What products say: of packages, of templates and their machines, and of what is made of them.

use crate::vapp::NAMESPACES;
use crate::vapp_template::{PACKAGE, begin, files};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// The template of the package whose shop and whose second machine have products.
async fn a_template(actor: &Actor) -> String {
    let template = begin(actor, "shop").await;
    for name in ["descriptor.ovf", "web-disk1.vmdk", "db-disk1.vmdk"] {
        let awaited = files(actor, &template).await;
        let [.., href] = awaited.iter().find(|[known, ..]| known == name).unwrap();
        let bytes = if name == "descriptor.ovf" { PACKAGE.to_owned() } else { "x".repeat(1_000) };
        assert_eq!(actor.send("PUT", href, &[], &bytes).await.status, 200);
    }
    template
}

/// The href of the machine `db`.
fn machine(document: &Answer) -> String {
    let xml = document.xml();
    let found = xml.descendants().find(|node| node.tag_name().name() == "Vm" && node.attribute("name") == Some("db"));
    found.and_then(|node| node.attribute("href")).unwrap().to_owned()
}

async fn list(actor: &Actor, href: &str) -> Answer {
    let list = actor.get(&actor.get(href).await.link("down", media::PRODUCT_SECTIONS)).await;
    assert_eq!((list.status, list.media()), (200, "application/vnd.vmware.vcloud.productsections+xml"), "{}", list.text());
    list
}

#[tokio::test]
async fn a_template_and_its_machines_have_the_products_of_their_package() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = a_template(&actor).await;
    let document = actor.get(&template).await;
    assert_eq!(document.count("ProductSection"), 2, "its own, and its second machine's");
    let db = machine(&document);
    assert_eq!(actor.get(&db).await.text_of("Product").as_deref(), Some("Base"));
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let actor = actor.at(version);
        golden!(list(&actor, &template).await, "vapp_template", "products", "schema; values of the package");
        golden!(list(&actor, &db).await, "vapp_template", "machine-products", "schema; values of the package");
    }
}

#[tokio::test]
async fn products_are_changed_by_who_may_edit_the_template() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let template = a_template(&actor).await;
    let db = machine(&actor.get(&template).await);
    for (href, operation, from, to) in
        [(&template, "vdcUpdateTemplate", "2.0.1", "2.0.2"), (&db, "templateUpdateVm", "&quot;quick&quot;", "&quot;safe&quot;")]
    {
        let (from, to) = (from.replace("&quot;", "\""), to.replace("&quot;", "\""));
        let before = list(&actor, href).await;
        let edit = before.link("edit", media::PRODUCT_SECTIONS);
        let task = actor.put(&edit, media::PRODUCT_SECTIONS, &before.text().replace(&from, &to)).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some(operation)), "{}", task.text());
        assert_eq!(list(&actor, href).await.text(), before.text().replace(&from, &to), "nothing else has changed");
        assert!(actor.get(href).await.text().contains(&to));
        let user = world.login("user@example").await;
        assert!(list(&user, href).await.find_link("edit", media::PRODUCT_SECTIONS).is_none());
        assert_eq!(user.put(&edit, media::PRODUCT_SECTIONS, before.text()).await.status, 403);
        let nothing = before.text().replace("ovf:key=", "ovf:name=");
        assert_eq!(actor.put(&edit, media::PRODUCT_SECTIONS, &nothing).await.status, 400, "a property has a key");
    }
    crate::vapp::block(&admin, "templateUpdateVm").await;
    let (before, edit) = (list(&actor, &db).await, list(&actor, &db).await.link("edit", media::PRODUCT_SECTIONS));
    let task = actor.put(&edit, media::PRODUCT_SECTIONS, &format!("<ProductSectionList {NAMESPACES}/>")).await;
    assert_eq!((task.status, task.attribute("status").as_deref()), (202, Some("preRunning")));
    assert_eq!(actor.put(&edit, media::PRODUCT_SECTIONS, before.text()).await.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"));
    assert!(list(&actor, &template).await.find_link("edit", media::PRODUCT_SECTIONS).is_none(), "the template is held with its machine");
    let web = actor.get(&template).await.attribute_of("Vm", "href").unwrap();
    assert!(list(&actor, &web).await.find_link("edit", media::PRODUCT_SECTIONS).is_none(), "and with it its other machines");
    let other = actor.put(&format!("{web}/productSections/"), media::PRODUCT_SECTIONS, before.text()).await;
    assert_eq!(other.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"), "{}", other.text());
    crate::vim_server::decide(&admin, "resume").await;
    assert_eq!(list(&actor, &db).await.count("ProductSection"), 0, "an empty list leaves none");
}

/// The value of a property in a document: what was set, or else its default.
fn value(document: &Answer, key: &str) -> Option<String> {
    const OVF: &str = "http://schemas.dmtf.org/ovf/envelope/1";
    let xml = document.xml();
    let property = xml.descendants().find(|node| node.attribute((OVF, "key")) == Some(key))?;
    let set = property.children().find(|node| node.has_tag_name((OVF, "Value")) && node.attribute((OVF, "configuration")).is_none());
    set.unwrap_or(property).attribute((OVF, "value")).map(str::to_owned)
}

#[tokio::test]
async fn what_is_made_of_a_template_says_the_same_but_for_values_that_were_asked_for() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = a_template(&actor).await;
    let db = machine(&actor.get(&template).await);
    let property = |key: &str, value: &str| format!(r#"<ovf:Property ovf:key="{key}" ovf:type="string" ovf:value="{value}"/>"#);
    let section = |of: &str, properties: &str| format!("<ovf:ProductSection {of}><ovf:Info/>{properties}</ovf:ProductSection>");
    let shop = section(r#"ovf:class="com.example.shop" ovf:instance="1""#, &(property("port", "81") + &property("key", "secret")));
    let base = section("", &property("mode", "safe"));
    let params = |own: &str, of_machine: &str| {
        format!(
            r#"<InstantiateVAppTemplateParams {NAMESPACES} name="made" deploy="false" powerOn="false"><InstantiationParams>{own}</InstantiationParams><Source href="{template}"/><SourcedItem><Source href="{db}"/><InstantiationParams>{of_machine}</InstantiationParams></SourcedItem><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVAppTemplateParams>"#
        )
    };
    let add = actor.get(&actor.get(&template).await.link("up", media::VDC)).await.link("add", media::INSTANTIATE_VAPP_TEMPLATE_PARAMS);
    for (own, of_machine, [port, key, mode]) in [("", "", ["80", "none", "quick"]), (&*shop, &*base, ["81", "none", "safe"])] {
        let made = actor.post(&add, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &params(own, of_machine)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let vapp = made.attribute("href").unwrap();
        let document = actor.get(&vapp).await;
        assert_eq!(
            [value(&document, "port"), value(&document, "key"), value(&document, "mode")],
            [port, key, mode].map(|value| Some(value.to_owned()))
        );
        let (ours, machines) = (list(&actor, &vapp).await, list(&actor, &machine(&document)).await);
        assert_eq!((value(&ours, "port").as_deref(), value(&machines, "mode").as_deref()), (Some(port), Some(mode)));
        if !own.is_empty() {
            for version in ["1.5", "39.1"] {
                golden!(
                    list(&actor.at(version), &vapp).await,
                    "vapp",
                    "products",
                    "schema; the value that was set beside the default, as recorded"
                );
            }
        }
        actor.delete(&vapp).await;
    }
}

#[tokio::test]
async fn products_of_a_vapp_and_of_its_machines_are_changed() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("author@example").await);
    let vapp = crate::vapp::a_vapp(&actor, "shop", "three-vms").await;
    let vm = actor.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let property = r#"<ovf:Property ovf:key="port" ovf:type="uint16" ovf:userConfigurable="true" ovf:value="80"><ovf:Label>Port</ovf:Label></ovf:Property>"#;
    let section = format!(
        r#"<ovf:ProductSection ovf:class="a"><ovf:Info>i</ovf:Info><ovf:Product>Shop</ovf:Product>{property}</ovf:ProductSection>"#
    );
    let sent = format!("<ProductSectionList {NAMESPACES}>{section}</ProductSectionList>");
    for (href, operation) in [(&vapp, "vdcUpdateVapp"), (&vm, "vappUpdateVm")] {
        assert_eq!(list(&actor, href).await.count("ProductSection"), 0);
        let edit = list(&actor, href).await.link("edit", media::PRODUCT_SECTIONS);
        let task = actor.put(&edit, media::PRODUCT_SECTIONS, &sent).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some(operation)), "{}", task.text());
        let made = list(&actor, href).await;
        assert_eq!((value(&made, "port").as_deref(), made.text_of("Product").as_deref()), (Some("80"), Some("Shop")));
        let task = actor.put(&edit, media::PRODUCT_SECTIONS, &made.text().replace("\"80\"", "\"81\"")).await;
        assert_eq!(task.status, 202, "what was read may be sent back: {}", task.text());
        assert_eq!(value(&list(&actor, href).await, "port").as_deref(), Some("81"));
        crate::vapp::block(&admin, operation).await;
        assert_eq!(actor.put(&edit, media::PRODUCT_SECTIONS, &sent.replace(&section, "")).await.status, 202);
        assert_eq!(value(&list(&actor, href).await, "port").as_deref(), Some("81"), "not before it is resumed");
        assert!(list(&actor, href).await.find_link("edit", media::PRODUCT_SECTIONS).is_none(), "a task holds it");
        crate::vim_server::decide(&admin, "resume").await;
        assert_eq!(list(&actor, href).await.count("ProductSection"), 0);
    }
    let edit = list(&actor, &vm).await.link("edit", media::PRODUCT_SECTIONS);
    let console = world.login("console@example").await;
    assert_eq!(console.put(&edit, media::PRODUCT_SECTIONS, &sent).await.status, 403);
}
