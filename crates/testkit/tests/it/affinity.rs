//! Affinity rules: made, read, changed, deleted, and what becomes of them when their machines go.

use crate::vapp::{NAMESPACES, a_vapp, href};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// The machines of a vApp.
async fn machines(actor: &Actor, vapp: &str) -> Vec<String> {
    let there = actor.get(vapp).await;
    let document = there.xml();
    let all = document.descendants().filter(|node| node.tag_name().name() == "Vm");
    all.map(|node| node.attribute("href").unwrap().to_owned()).collect()
}

fn rule(name: &str, settings: &str, polarity: &str, machines: &[String]) -> String {
    let machines: String = machines.iter().map(|href| format!(r#"<VmReference href="{href}"/>"#)).collect();
    format!(
        "<VmAffinityRule {NAMESPACES}><Name>{name}</Name>{settings}<Polarity>{polarity}</Polarity><VmReferences>{machines}</VmReferences></VmAffinityRule>"
    )
}

async fn add(actor: &Actor, body: &str) -> Answer {
    let link = actor.get(&href(Kind::Vdc, "example-vdc")).await.link("add", media::VM_AFFINITY_RULE);
    actor.post(&link, media::VM_AFFINITY_RULE, body).await
}

/// A rule about the first two machines of a new vApp; its href.
pub(crate) async fn a_rule(actor: &Actor, vapp: &str) -> String {
    let vapp = a_vapp(actor, vapp, "three-vms").await;
    let task = add(actor, &rule("pair", "", "Affinity", &machines(actor, &vapp).await[..2])).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("affinityRuleCreate")), "{}", task.text());
    task.attribute_of("Owner", "href").unwrap()
}

async fn list(actor: &Actor) -> Answer {
    actor.get(&actor.get(&href(Kind::Vdc, "example-vdc")).await.link("down", media::VM_AFFINITY_RULES)).await
}

/// The machines that a rule names.
fn named(rule: &Answer) -> Vec<String> {
    let document = rule.xml();
    let all = document.descendants().filter(|node| node.tag_name().name() == "VmReference");
    all.map(|node| node.attribute("name").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_rule_is_made_read_changed_and_deleted() {
    for version in ["20.0", "39.1"] {
        let world = World::new().await;
        let author = world.login("author@example").await.at(version);
        let vapp = a_vapp(&author, "shop", "three-vms").await;
        let all = machines(&author, &vapp).await;
        let settings = "<IsEnabled>false</IsEnabled><IsMandatory>false</IsMandatory>";
        let task = add(&author, &rule("apart", settings, "Anti-Affinity", &all[1..])).await;
        assert_eq!(task.status, 202, "{}", task.text());
        let made = task.attribute_of("Owner", "href").unwrap();
        let id = made.rsplit('/').next().unwrap().to_owned();
        assert_eq!(task.attribute_of("Owner", "id"), Some(id.clone()), "go-vcloud-director finds the rule by it");
        let read = author.get(&made).await;
        golden!(read, "affinity", "rule", "schema (VmAffinityRuleType); clients (id, links)");
        golden!(list(&author).await, "affinity", "rules", "schema (VmAffinityRulesType); clients");
        let edit = read.link("edit", media::VM_AFFINITY_RULE);
        let changed = read.text().replace(">apart<", ">together<").replace("Anti-Affinity", "Affinity").replace("false<", "true<");
        let task = author.put(&edit, media::VM_AFFINITY_RULE, &changed).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("affinityRuleUpdate")), "{}", task.text());
        let after = author.get(&made).await;
        let seen = ["Name", "IsEnabled", "IsMandatory", "Polarity"].map(|name| after.text_of(name).unwrap());
        assert_eq!(seen, ["together", "true", "true", "Affinity"]);
        assert_eq!(named(&after), ["secondVM", "thirdVM"]);
        assert_eq!(list(&author).await.count("VmAffinityRule"), 1);
        let task = author.delete(&after.link("remove", "")).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("affinityRuleDelete")));
        assert_eq!((author.get(&made).await.status, list(&author).await.count("VmAffinityRule")), (403, 0));
    }
    let world = World::new().await;
    let old = world.login("author@example").await.at("9.0");
    let vdc = href(Kind::Vdc, "example-vdc");
    assert_eq!(old.get(&vdc).await.find_link("down", media::VM_AFFINITY_RULES), None, "they came with 20.0");
    assert_eq!(old.get(&format!("{vdc}/vmAffinityRules")).await.status, 404);
}

#[tokio::test]
async fn what_is_no_rule_is_refused() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let all = machines(&author, &vapp).await;
    let nobody = "https://vcd.test/api/vApp/vm-6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b".to_owned();
    let template = href(Kind::TemplateVm, "example-catalog/three-vms/firstVM");
    for (body, status, said) in [
        (rule("r", "", "Affinity", &all[..1]), 400, "at least 2"),
        (rule("r", "", "Affinity", &[]), 400, "at least 2"),
        (rule("r", "", "Affinity", &[all[0].clone(), all[0].clone()]), 400, "twice"),
        (rule("r", "", "Repulsion", &all), 400, "Repulsion"),
        (rule("", "", "Affinity", &all), 400, "name"),
        (rule("r", "", "Affinity", &[all[0].clone(), nobody]), 403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN"),
        (rule("r", "", "Affinity", &[all[0].clone(), template]), 403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN"),
        (rule("r", "", "Affinity", &["x".to_owned(), all[0].clone()]), 400, "VmReference"),
    ] {
        let refused = add(&author, &body).await;
        assert!(refused.status == status && refused.text().contains(said), "{body}: {}", refused.text());
    }
    assert_eq!(list(&author).await.count("VmAffinityRule"), 0);
    let elsewhere = author.get(&href(Kind::Vdc, "example-nsxt-vdc")).await.link("add", media::VM_AFFINITY_RULE);
    let refused = author.post(&elsewhere, media::VM_AFFINITY_RULE, &rule("r", "", "Affinity", &all)).await;
    assert_eq!(refused.status, 403, "machines of another VDC");
    assert_eq!(add(&author, &rule("r", "", "Affinity", &all)).await.status, 202);
    assert_eq!(add(&author, &rule("r", "", "Anti-Affinity", &all)).await.status, 202, "names need not differ");
}

#[tokio::test]
async fn rules_are_changed_by_who_may_and_seen_by_who_sees_the_vdc() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let made = a_rule(&author, "shop").await;
    let user = world.login("user@example").await;
    let vdc = user.get(&href(Kind::Vdc, "example-vdc")).await;
    assert_eq!(vdc.find_link("add", media::VM_AFFINITY_RULE), None);
    assert_eq!(list(&user).await.count("VmAffinityRule"), 1);
    let seen = user.get(&made).await;
    assert_eq!((seen.status, seen.find_link("edit", ""), seen.find_link("remove", "")), (200, None, None));
    assert_eq!(user.delete(&made).await.status, 403);
    assert_eq!(user.put(&made, media::VM_AFFINITY_RULE, seen.text()).await.status, 403);
    let stranger = world.login("orgadmin2@example2").await;
    assert_eq!(stranger.get(&made).await.status, 403);
    let admin = world.login("administrator@System").await;
    let vdc = admin.get(&href(Kind::Vdc, "example-vdc").replace("/api/", "/api/admin/")).await;
    assert_eq!(admin.get(&vdc.link("down", media::VM_AFFINITY_RULES)).await.count("VmAffinityRule"), 1);
}

#[tokio::test]
async fn a_machine_that_goes_leaves_its_rules() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let all = machines(&author, &vapp).await;
    let made = add(&author, &rule("all", "", "Affinity", &all)).await.attribute_of("Owner", "href").unwrap();
    assert_eq!(author.delete(&all[0]).await.status, 202);
    assert_eq!(named(&author.get(&made).await), ["secondVM", "thirdVM"]);
    let other = author.get(&href(Kind::Vdc, "example-nsxt-vdc")).await.link("add", media::COMPOSE_VAPP_PARAMS);
    let body = format!(
        r#"<ComposeVAppParams {NAMESPACES} name="far" deploy="false" powerOn="false"><SourcedItem sourceDelete="true"><Source href="{}"/></SourcedItem></ComposeVAppParams>"#,
        all[1]
    );
    assert_eq!(author.post(&other, media::COMPOSE_VAPP_PARAMS, &body).await.status, 201);
    assert_eq!(named(&author.get(&made).await), ["thirdVM"], "a rule is of one VDC");
    let link = author.get(&href(Kind::Vdc, "example-vdc")).await.link("add", media::CLONE_VAPP_PARAMS);
    let moved = format!(
        r#"<CloneVAppParams {NAMESPACES} name="again" deploy="false" powerOn="false"><Source href="{vapp}"/><IsSourceDelete>true</IsSourceDelete></CloneVAppParams>"#
    );
    let vapp = author.post(&link, media::CLONE_VAPP_PARAMS, &moved).await.attribute("href").unwrap();
    assert_eq!(named(&author.get(&made).await), Vec::<String>::new(), "a vApp that is moved so is another one");
    assert_eq!(author.delete(&vapp).await.status, 202);
    let left = author.get(&made).await;
    assert_eq!((left.status, named(&left)), (200, Vec::new()), "the rule stays until somebody deletes it");
}
