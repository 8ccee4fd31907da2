//! What clients send, and what they are told when it is wrong.

use super::*;
use crate::render_xml;
use crate::vcloud::{self, ExternalCatalogSubscriptionParams, GatewayFeatures, MetadataValue, OrgVdcNetwork, TaskOperationList, VApp};
use crate::vmext::{
    AmqpSettings, BlockingTaskOperationParams, BlockingTaskSettings, BlockingTaskUpdateProgressParams, NotificationsSettings,
};

const VMEXT: &str = "http://www.vmware.com/vcloud/extension/v1.5";
const VCLOUD: &str = "http://www.vmware.com/vcloud/v1.5";

fn read<T: Readable>(text: &str) -> Result<T, ParseError> {
    parse_xml(text.as_bytes(), &Limits::default())
}

fn refusal<T: Readable + std::fmt::Debug>(text: &str) -> String {
    read::<T>(text).unwrap_err().to_string()
}

#[test]
fn an_action_body_is_read_with_a_default_namespace_and_with_any_prefix() {
    let bare = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BlockingTaskOperationParams xmlns=\"{VMEXT}\">\n <Message>all clear</Message>\n</BlockingTaskOperationParams>\n"
    );
    let prefixed = format!(
        "<x:BlockingTaskOperationParams xmlns:x='{VMEXT}' xmlns:vcloud='{VCLOUD}'><vcloud:Link rel='up' href='h'/><x:Message>all clear</x:Message></x:BlockingTaskOperationParams>"
    );
    for text in [bare, prefixed] {
        assert_eq!(read::<BlockingTaskOperationParams>(&text).unwrap().message, "all clear");
    }
}

#[test]
fn a_progress_body_may_leave_the_timeout_out() {
    let with = format!(
        "<BlockingTaskUpdateProgressParams xmlns=\"{VMEXT}\"><Message>wait</Message><TimeoutValueInMilliseconds> 900000 </TimeoutValueInMilliseconds></BlockingTaskUpdateProgressParams>"
    );
    let params: BlockingTaskUpdateProgressParams = read(&with).unwrap();
    assert_eq!((params.message.as_str(), params.timeout_value_in_milliseconds), ("wait", Some(900_000)));
    let without = format!("<BlockingTaskUpdateProgressParams xmlns=\"{VMEXT}\"><Message/></BlockingTaskUpdateProgressParams>");
    let params: BlockingTaskUpdateProgressParams = read(&without).unwrap();
    assert_eq!((params.message.as_str(), params.timeout_value_in_milliseconds), ("", None));
}

#[test]
fn settings_are_read_in_the_forms_that_both_namespaces_give_them() {
    for (list, operation) in [("vmext", "vcloud"), ("vcloud", "vcloud"), ("vmext", "vmext")] {
        let text = format!(
            "<vmext:BlockingTaskSettings xmlns:vmext='{VMEXT}' xmlns:vcloud='{VCLOUD}' href='h'><vcloud:Link rel='edit' href='h'/>\
             <vmext:TimeoutAction>abort</vmext:TimeoutAction>\
             <{list}:BlockingTaskOperations><{operation}:Operation>vdcInstantiateVapp</{operation}:Operation></{list}:BlockingTaskOperations>\
             <vmext:TimeoutInMilliseconds>432000000</vmext:TimeoutInMilliseconds></vmext:BlockingTaskSettings>"
        );
        let settings: BlockingTaskSettings = read(&text).unwrap();
        assert_eq!(settings.blocking_task_operations.operation, ["vdcInstantiateVapp"]);
        assert_eq!((settings.timeout_action.as_str(), settings.timeout_in_milliseconds), ("abort", 432_000_000));
    }
}

#[test]
fn the_list_of_operations_is_read_in_its_old_and_its_new_form() {
    let old = format!(
        "<vmext:BlockingTaskOperations xmlns:vmext='{VMEXT}' xmlns='{VCLOUD}'><Operation>a</Operation><Operation>b</Operation></vmext:BlockingTaskOperations>"
    );
    assert_eq!(read::<TaskOperationList>(&old).unwrap().operation, ["a", "b"]);
    let new = format!(
        "<BlockingTaskOperations xmlns='{VMEXT}' xmlns:v='{VCLOUD}'><v:TaskOperationType><v:Category>c</v:Category><v:Operation>a</v:Operation></v:TaskOperationType></BlockingTaskOperations>"
    );
    let list: TaskOperationList = read(&new).unwrap();
    assert_eq!(list.task_operation_type[0].operation.as_deref(), Some("a"));
    assert!(render_xml(&list, 391).contains("<TaskOperationType><Category>c</Category><Operation>a</Operation></TaskOperationType>"));
    assert!(!render_xml(&list, 320).contains("TaskOperationType"));
}

#[test]
fn broker_and_notification_settings_are_read() {
    let text = format!(
        "<AmqpSettings xmlns='{VMEXT}'><AmqpHost/><AmqpPort>5672</AmqpPort><AmqpUsername>guest</AmqpUsername><AmqpPassword>p &amp; &#x71;</AmqpPassword>\
         <AmqpExchange>systemExchange</AmqpExchange><AmqpVHost>/</AmqpVHost><AmqpUseSSL>0</AmqpUseSSL><AmqpPrefix>vcd</AmqpPrefix></AmqpSettings>"
    );
    let settings: AmqpSettings = read(&text).unwrap();
    assert_eq!((settings.amqp_port, settings.amqp_use_ssl, settings.amqp_password.as_deref()), (5672, false, Some("p & q")));
    let text = format!("<NotificationsSettings xmlns='{VMEXT}'><EnableNotifications>true</EnableNotifications></NotificationsSettings>");
    assert!(read::<NotificationsSettings>(&text).unwrap().enable_notifications);
}

#[test]
fn a_refusal_names_the_element_and_its_place() {
    let params =
        |content: &str| format!("<BlockingTaskUpdateProgressParams xmlns=\"{VMEXT}\">{content}</BlockingTaskUpdateProgressParams>");
    assert_eq!(
        refusal::<BlockingTaskUpdateProgressParams>(&params("")),
        "element `Message` is missing in `BlockingTaskUpdateProgressParams`"
    );
    assert_eq!(
        refusal::<BlockingTaskUpdateProgressParams>(&params("<Message/><TimeoutValueInMilliseconds>abc</TimeoutValueInMilliseconds>")),
        "`TimeoutValueInMilliseconds` must be a number of type long, not `abc`"
    );
    assert_eq!(refusal::<BlockingTaskUpdateProgressParams>(&params("<Message><b/></Message>")), "`Message` must hold text, not elements");
    assert_eq!(
        refusal::<BlockingTaskUpdateProgressParams>("<Other xmlns='u'/>"),
        "the root element must be `BlockingTaskUpdateProgressParams`, not `Other`"
    );
    assert_eq!(
        refusal::<BlockingTaskUpdateProgressParams>("<BlockingTaskUpdateProgressParams><Message/></BlockingTaskUpdateProgressParams>"),
        format!("the root element `BlockingTaskUpdateProgressParams` must be in the namespace {VMEXT}")
    );
    assert_eq!(refusal::<VApp>(&format!("<VApp xmlns='{VCLOUD}'/>")), "attribute `name` is missing in `VApp`");
    let inner = format!("<VApp xmlns='{VCLOUD}' name='n'><Children><Vm name='a' status='four'/></Children></VApp>");
    assert_eq!(refusal::<VApp>(&inner), "`status` must be a number of type int, not `four` (in VApp/Children/Vm)");
}

#[test]
fn what_is_no_xml_is_refused_with_its_place_and_in_no_other_words_than_ours() {
    assert_eq!(
        refusal::<VApp>(&format!("<VApp xmlns='{VCLOUD}' name='n'><a></b></VApp>")),
        "the body is not well-formed XML at byte 60: ill-formed document: expected `</a>`, but `</b>` was found"
    );
    let namespaces: String = (0..129).map(|at| format!(" xmlns:a{at}='u'")).collect();
    assert_eq!(refusal::<VApp>(&format!("<VApp{namespaces}/>")), "more than 128 namespaces are bound at once");
}

#[test]
fn a_subscription_is_read_without_a_namespace_but_in_no_other() {
    let text = |ns: &str| format!("<ExternalCatalogSubscriptionParams {ns}><Location>l</Location></ExternalCatalogSubscriptionParams>");
    for ns in ["", &format!("xmlns='{VCLOUD}'")] {
        assert_eq!(read::<ExternalCatalogSubscriptionParams>(&text(ns)).unwrap().location.as_deref(), Some("l"), "{ns}");
    }
    let other = refusal::<ExternalCatalogSubscriptionParams>(&text("xmlns='urn:other'"));
    assert!(other.contains("must be in the namespace"), "{other}");
}

#[test]
fn a_child_in_a_namespace_of_no_meaning_is_not_the_child() {
    let text =
        format!("<BlockingTaskOperationParams xmlns='{VMEXT}' xmlns:o='urn:other'><o:Message>x</o:Message></BlockingTaskOperationParams>");
    assert_eq!(refusal::<BlockingTaskOperationParams>(&text), "element `Message` is missing in `BlockingTaskOperationParams`");
}

#[test]
fn a_whole_document_may_be_sent_back_with_what_we_do_not_know() {
    let text = format!(
        "<VApp xmlns='{VCLOUD}' xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1' xmlns:q='urn:q' name='n' q:name='other' status='8'><!-- c --><?p i?>\
         <VCloudExtension required='false'><q:Deep><q:Deeper>x</q:Deeper></q:Deep></VCloudExtension>\
         <Link rel='edit' href='h' model='M'/><DateCreated>z</DateCreated><q:Name>no</q:Name>\
         <ovf:NetworkSection ovf:required='false'><ovf:Info>i</ovf:Info></ovf:NetworkSection>\
         <LeaseSettingsSection><StorageLeaseInSeconds>0</StorageLeaseInSeconds></LeaseSettingsSection>\
         <Description>a<![CDATA[<b>]]><?p i?>&lt;c<!-- c --></Description></VApp>"
    );
    let app: VApp = read(&text).unwrap();
    assert_eq!((app.name.as_str(), app.status, app.description.as_deref()), ("n", Some(8), Some("a<b><c")));
    assert_eq!(app.network_section.unwrap().required, Some(false));
    assert_eq!(app.lease_settings_section.unwrap().info, "");
}

#[test]
fn the_type_of_a_value_is_known_by_its_namespace() {
    for value in ["MetadataNumberValue", "v:MetadataNumberValue"] {
        let text = format!(
            "<MetadataValue xmlns='{VCLOUD}' xmlns:v='{VCLOUD}' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><TypedValue i:type='{value}'><Value>7</Value></TypedValue></MetadataValue>"
        );
        let typed = read::<MetadataValue>(&text).unwrap().typed_value.unwrap();
        assert_eq!((typed.xsi_type.as_deref(), typed.value.as_deref()), (Some("MetadataNumberValue"), Some("7")));
    }
    for value in ["", " ", "v:", "v:a:b", "a b", "e:a"] {
        let text = format!(
            "<MetadataValue xmlns='{VCLOUD}' xmlns:v='{VCLOUD}' xmlns:e='{VMEXT}' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><TypedValue i:type='{value}'/></MetadataValue>"
        );
        assert!(refusal::<MetadataValue>(&text).contains("is not the name of a type"), "{value}");
    }
}

#[test]
fn a_character_that_no_document_can_hold_is_refused_however_it_is_written() {
    for message in ["a\u{1}b", "a&#1;b", "\u{ffff}", "&#xFFFE;"] {
        let text = format!("<BlockingTaskOperationParams xmlns=\"{VMEXT}\"><Message>{message}</Message></BlockingTaskOperationParams>");
        assert!(read::<BlockingTaskOperationParams>(&text).is_err(), "{message:?}");
    }
    let attribute = format!("<VApp xmlns=\"{VCLOUD}\" name=\"a&#1;b\"/>");
    assert_eq!(refusal::<VApp>(&attribute), "`name` must not hold the character U+0001");
    let json = crate::parse_json::<BlockingTaskOperationParams>(br#"{"message":"a\u0001b"}"#, &Limits::default());
    assert!(json.unwrap_err().to_string().contains("U+0001"));
}

/// What a body may cost, counted in what is written for yaserde: a small element brings what its sender left out of it.
#[test]
fn no_type_is_written_much_longer_than_it_is_sent() {
    const MOST: usize = 16;
    for root in crate::roots::ALL {
        let mut open = vec![(root.info)()];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(info) = open.pop() {
            if !seen.insert(info.name) {
                continue;
            }
            for field in info.fields {
                let Kind::Type(inner) = field.kind else { continue };
                let added: usize = inner().fields.iter().filter(|field| field.lenient).map(|field| 2 * field.name.len() + 5).sum();
                let (sent, written) = (field.name.len() + 3, 2 * field.name.len() + 5 + added);
                assert!(written <= MOST * sent, "{} in {}: {written} bytes for {sent}", field.name, info.name);
                open.push(inner());
            }
        }
    }
}

#[test]
fn a_member_of_a_group_may_have_its_name_and_say_its_type() {
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    for prefix in ["v:", ""] {
        let text = format!(
            "<v:EdgeGatewayServiceConfiguration xmlns:v='{VCLOUD}' xmlns='{VCLOUD}' xmlns:xsi='{xsi}'><v:NetworkService xsi:type='{prefix}NatServiceType'>\
             <v:IsEnabled>true</v:IsEnabled></v:NetworkService></v:EdgeGatewayServiceConfiguration>"
        );
        let read: GatewayFeatures = read(&text).unwrap();
        assert_eq!(read.nat_service.and_then(|nat| nat.is_enabled), Some(true));
    }
    let other = format!("<EdgeGatewayServiceConfiguration xmlns='{VCLOUD}'><NetworkService/></EdgeGatewayServiceConfiguration>");
    assert_eq!(read::<GatewayFeatures>(&other).unwrap(), GatewayFeatures::default(), "what says no type is unknown");
}

#[test]
fn an_empty_element_takes_nothing_away() {
    let range = "<IpRange><StartAddress>10.0.0.2</StartAddress><EndAddress>10.0.0.9</EndAddress></IpRange>";
    let scope = format!("<IpScope><IsInherited>false</IsInherited><IpRanges>{range}</IpRanges><IpRanges/></IpScope>");
    let text = format!(
        "<OrgVdcNetwork xmlns='{VCLOUD}' name='n'><Configuration><IpScopes>{scope}</IpScopes><FenceMode>isolated</FenceMode></Configuration></OrgVdcNetwork>"
    );
    let network: OrgVdcNetwork = read(&text).unwrap();
    let scopes = network.configuration.unwrap().ip_scopes.unwrap();
    assert_eq!(scopes.ip_scope[0].ip_ranges.as_ref().map(|ranges| ranges.ip_range.len()), Some(1));
}

/// The result that a task's document in XML has, and the document in JSON.
fn result(head: &str, content: &str) -> Result<(String, serde_json::Value), ParseError> {
    let task: vcloud::Task = read(&format!("<{head} name='task' status='success'><Result>{content}</Result></Task>"))?;
    let (xml, json) = (render_xml(&task, 390), crate::render_json(&task, 390));
    // What was kept stands as it is in any document, and is read as what it was.
    let again: vcloud::Task = read(&xml).unwrap();
    assert_eq!(render_xml(&again, 390).matches("kept").count(), xml.matches("kept").count());
    let told = serde_json::from_str::<serde_json::Value>(&json).unwrap()["result"]["resultContent"].take();
    Ok((task.result.unwrap().result_content.unwrap(), told))
}

#[test]
fn content_of_any_kind_is_kept_and_needs_nothing_around_it() {
    let head = format!("Task xmlns='{VCLOUD}' xmlns:x='urn:x' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'");
    let bound = format!("xmlns=\"{VCLOUD}\" xmlns:x=\"urn:x\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    let kept = |content: &str| result(&head, content).unwrap();
    let (text, json) = kept("<ResultContent xsi:type='x:kept'> a <![CDATA[<&]]>&#x41;<!-- no --><?no more?></ResultContent>");
    assert_eq!(text, format!("<ResultContent {bound} xsi:type=\"x:kept\"> a &lt;&amp;A</ResultContent>"));
    assert_eq!(json, " a <&A");
    let (text, json) = kept("<ResultContent xmlns:x='urn:y'><x:kept x:a='&lt;\"' xml:lang='de'/><y xmlns=''>é</y></ResultContent>");
    let bound = bound.replace(" xmlns:x=\"urn:x\"", "");
    assert_eq!(
        text,
        format!(
            "<ResultContent {bound} xmlns:x=\"urn:y\"><x:kept x:a=\"&lt;&quot;\" xml:lang=\"de\"></x:kept><y xmlns=\"\">é</y></ResultContent>"
        )
    );
    assert_eq!(json, serde_json::Value::Null);
    let (text, _) = kept("<x:other/><ResultContent/>");
    assert!(text.ends_with("></ResultContent>"), "{text}");
}

#[test]
fn content_of_any_kind_is_refused_where_nothing_well_formed_would_come_of_it() {
    for (content, why) in [
        ("<a b='1' b='2'/>", "the attribute `b` comes twice in one element"),
        ("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", "the attribute `q:b` comes twice in one element"),
        ("<a xmlns:p=''/>", "the prefix `p` is bound to nothing"),
        ("<p:a/>", "the prefix `p` is not bound to a namespace"),
        ("<a p:b='1'/>", "the prefix `p` is not bound to a namespace"),
        ("<1a/>", "`1a` is not a name"),
        ("<a:b:c xmlns:a='u'/>", "`b:c` is not a name"),
        ("<a x\u{d7}='1'/>", "`x\u{d7}` is not a name"),
        ("<a/>&none;", "the reference `&none;` means nothing"),
    ] {
        let told = result(&format!("Task xmlns='{VCLOUD}'"), &format!("<ResultContent>{content}</ResultContent>")).unwrap_err().to_string();
        assert!(told.contains(why), "{content}: {told}");
    }
    let deep = "<a>".repeat(62) + &"</a>".repeat(62);
    let told = result(&format!("Task xmlns='{VCLOUD}'"), &format!("<ResultContent>{deep}</ResultContent>")).unwrap_err();
    assert_eq!(told.kind, ParseErrorKind::TooDeep);
}

#[test]
fn content_of_any_kind_comes_as_a_text_in_json() {
    let task = |content: &str| format!(r#"{{"name":"task","status":"success","result":{{"resultContent":{content}}}}}"#);
    let read = |content: &str| crate::parse_json::<vcloud::Task>(task(content).as_bytes(), &Limits::default());
    let kept = read(r#""a <b> & c""#).unwrap().result.unwrap().result_content.unwrap();
    assert_eq!(kept, format!("<ResultContent xmlns=\"{VCLOUD}\">a &lt;b&gt; &amp; c</ResultContent>"));
    assert_eq!(read("null").unwrap().result.unwrap().result_content, None);
    assert!(read(r#"{"a":1}"#).unwrap_err().to_string().contains("`resultContent` must be a single value"));
}
