//! What is seen of running machines: screens, tickets, questions, metrics.

use crate::vapp::{NAMESPACES, a_vapp};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

async fn a_machine(actor: &Actor) -> String {
    let vapp = a_vapp(actor, "shop", "photon-1vm").await;
    actor.get(&vapp).await.attribute_of("Vm", "href").unwrap()
}

async fn power(actor: &Actor, machine: &str, change: &str) {
    assert_eq!(actor.post_empty(&format!("{machine}/power/action/{change}")).await.status, 202);
}

#[tokio::test]
async fn a_screen_is_a_picture() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author).await;
    let link = author.get(&machine).await.link("screen:thumbnail", "");
    let off = author.get(&link).await;
    assert_eq!((off.status, off.header("content-type")), (200, Some("image/png")));
    assert_eq!(&off.bytes()[..24], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\xa0\0\0\0\x78");
    power(&author, &machine, "powerOn").await;
    let on = author.get(&link).await;
    assert_ne!(off.bytes(), on.bytes(), "it has a cursor");
    assert_eq!(world.login("orgadmin2@example2").await.get(&link).await.status, 403);
}

#[tokio::test]
async fn tickets_are_for_machines_that_run() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author).await;
    for path in ["acquireTicket", "acquireMksTicket"] {
        let refused = author.post_empty(&format!("{machine}/screen/action/{path}")).await;
        assert!(refused.status == 400 && refused.text().contains("POWERED_OFF"), "{}", refused.text());
        assert!(!author.get(&machine).await.text().contains(path));
    }
    power(&author, &machine, "powerOn").await;
    let document = author.get(&machine).await;
    let (whole, parts) = (document.link("screen:acquireTicket", ""), document.link("screen:acquireMksTicket", media::MKS_TICKET));
    let first = author.at("1.5").post_empty(&whole).await;
    golden!(first, "vm", "screen-ticket", "inferred (examples of guides)");
    assert_ne!(author.post_empty(&whole).await.text(), first.text(), "no two are the same");
    assert_eq!(author.at("5.1").post_empty(&parts).await.status, 404, "they came with 5.5");
    let ticket = author.at("5.5").post_empty(&parts).await;
    assert_eq!((ticket.text_of("Host").as_deref(), ticket.text_of("Port").as_deref()), (Some("vcd.test"), Some("443")));
    golden!(ticket, "vm", "mks-ticket", "schema");
    assert_eq!(world.login("orgadmin2@example2").await.post_empty(&whole).await.status, 403);
}

#[tokio::test]
async fn nothing_is_asked_and_nothing_answered() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author).await;
    let question = author.get(&format!("{machine}/question")).await;
    assert_eq!((question.status, question.text()), (204, ""));
    let body = format!("<VmQuestionAnswer {NAMESPACES}><ChoiceId>0</ChoiceId><QuestionId>50</QuestionId></VmQuestionAnswer>");
    let answer = author.post(&format!("{machine}/question/action/answer"), media::VM_PENDING_ANSWER, &body).await;
    assert!(answer.status == 400 && answer.text().contains("asks nothing"), "{}", answer.text());
}

#[tokio::test]
async fn metrics_say_what_is_so_and_what_was() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author).await;
    assert!(author.get(&machine).await.find_link("down", media::CURRENT_USAGE_SPEC).is_none(), "it does not run");
    power(&author, &machine, "powerOn").await;
    let document = author.get(&machine).await;
    let all = author.get(&document.link("down", media::CURRENT_USAGE_SPEC)).await;
    assert_eq!(all.count("Metric"), 8);
    for version in ["5.6", "36.0"] {
        golden!(
            author.at(version).get(&document.link("down", media::CURRENT_USAGE_SPEC)).await,
            "vm",
            "usage",
            "schema; documented (names)"
        );
    }
    let spec = |pattern: &str| format!("<CurrentUsageSpec {NAMESPACES}><MetricPattern>{pattern}</MetricPattern></CurrentUsageSpec>");
    let link = document.link("metrics", media::CURRENT_USAGE_SPEC);
    let disks = author.post(&link, media::CURRENT_USAGE_SPEC, &spec("disk.p*")).await;
    assert_eq!((disks.count("Metric"), disks.attribute_of("Metric", "unit").as_deref()), (1, Some("KILOBYTE")));
    assert_ne!(disks.attribute_of("Metric", "value").as_deref(), Some("0"));
    world.advance_millis(26 * 60_000).await;
    let past = document.link("metrics", media::HISTORIC_USAGE_SPEC);
    let query = async |inner: &str| {
        author.post(&past, media::HISTORIC_USAGE_SPEC, &format!("<HistoricUsageSpec {NAMESPACES}>{inner}</HistoricUsageSpec>")).await
    };
    let memory = query(r#"<RelativeStartTime interval="17" unit="minute"/><MetricPattern>mem.*</MetricPattern>"#).await;
    assert_eq!((memory.count("MetricSeries"), memory.count("Sample")), (1, 4), "{}", memory.text());
    golden!(memory, "vm", "usage-before", "schema; documented (names)");
    let whole = author.get(&document.link("down", media::HISTORIC_USAGE_SPEC)).await;
    assert_eq!((whole.count("MetricSeries"), whole.count("Sample")), (6, 36));
    for wrong in [r#"<AbsoluteStartTime time="never"/>"#, r#"<RelativeEndTime interval="1" unit="year"/>"#] {
        assert_eq!(query(wrong).await.status, 400);
    }
    assert_eq!(query(r#"<AbsoluteEndTime time="1999-12-31T00:00:00Z"/>"#).await.count("MetricSeries"), 0);
    assert_eq!(world.login("console@example").await.get(&past).await.status, 403);
}
