//! Documents of the family `org`. Invariant: what an organization's document lists is what the caller sees of it.

use crate::view::links::link;
use crate::view::reference::description;
use crate::view::{ViewCx, role, task};
use std::sync::Arc;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Entity, Resource};
use vcdsim_model::family::org;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::role::held;
use vcdsim_wire::vcloud::{
    AdminOrg, CatalogsList, GroupsList, Link, Networks, Org, OrgEmailSettings, OrgGeneralSettings, OrgLdapSettings, OrgLeaseSettings,
    OrgList, OrgPasswordPolicySettings, OrgSettings, OrgVAppTemplateLeaseSettings, OrganizationRights, OrganizationRoles, Reference,
    SmtpServerSettings, UsersList, Vdcs,
};

/// The list of organizations.
pub(crate) fn list(cx: &ViewCx<'_>, orgs: &[Arc<Entity>]) -> OrgList {
    OrgList {
        href: Some(cx.base.join("/api/org/")),
        r#type: Some(media::ORG_LIST.to_owned()),
        org: orgs.iter().map(|org| cx.plain_reference(org.urn(), View::User, &org.head.name)).collect(),
        ..OrgList::default()
    }
}

/// The tenant's view.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Org {
    let head = &graph.entity.head;
    Org {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::ORG.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: description(head),
        tasks: task::in_progress(cx, &graph.tasks),
        full_name: body(graph).full_name.clone(),
        ..Org::default()
    }
}

/// The administrator's view.
pub(crate) fn admin(cx: &ViewCx<'_>, graph: &Graph) -> AdminOrg {
    let urn = graph.entity.urn();
    let org = document(cx, graph);
    let own = |child: &&Graph| child.entity.head.org == Some(urn.id);
    let listed = |kind, view| graph.children_of(kind).filter(own).map(move |child| cx.listed(&child.entity, view));
    let network = |reference| Reference { r#type: Some(media::ADMIN_NETWORK.to_owned()), ..reference };
    let roles = || graph.children_of(Kind::Role).map(|role| &role.entity);
    AdminOrg {
        href: Some(cx.base.href(urn, View::Admin)),
        r#type: Some(media::ADMIN_ORG.to_owned()),
        id: org.id,
        name: org.name,
        link: org.link,
        description: org.description,
        tasks: org.tasks,
        full_name: org.full_name,
        is_enabled: Some(body(graph).enabled),
        settings: settings(cx, graph),
        users: Some(UsersList { user_reference: listed(Kind::User, View::Admin).collect() }),
        groups: Some(GroupsList { group_reference: listed(Kind::Group, View::Admin).collect() }),
        catalogs: Some(CatalogsList { catalog_reference: listed(Kind::Catalog, View::Admin).collect() }),
        vdcs: Some(Vdcs { vdc: listed(Kind::Vdc, View::Admin).collect() }),
        networks: Some(Networks { network: listed(Kind::Network, View::Admin).map(network).collect() }),
        right_references: Some(OrganizationRights {
            right_reference: held(roles()).into_iter().map(|row| role::right_reference(cx, row)).collect(),
            ..OrganizationRights::default()
        }),
        role_references: Some(OrganizationRoles {
            role_reference: listed(Kind::Role, View::Admin).collect(),
            ..OrganizationRoles::default()
        }),
        ..AdminOrg::default()
    }
}

/// All settings, with a link to each part.
pub(crate) fn settings(cx: &ViewCx<'_>, graph: &Graph) -> OrgSettings {
    let parts =
        [&org::READ_GENERAL, &org::READ_LEASE, &org::READ_TEMPLATE_LEASE, &org::READ_LDAP, &org::READ_EMAIL, &org::READ_PASSWORD_POLICY];
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_SETTINGS);
    OrgSettings {
        href,
        r#type,
        link: parts.map(|part| down(cx, graph.entity.urn(), part)).to_vec(),
        org_general_settings: Some(general(cx, graph)),
        vapp_lease_settings: Some(lease(cx, graph)),
        vapp_template_lease_settings: Some(template_lease(cx, graph)),
        org_ldap_settings: Some(ldap(cx, graph)),
        org_email_settings: Some(email(cx, graph)),
        org_password_policy_settings: Some(password_policy(cx, graph)),
        ..OrgSettings::default()
    }
}

/// Quotas, and what the organization may publish.
pub(crate) fn general(cx: &ViewCx<'_>, graph: &Graph) -> OrgGeneralSettings {
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_GENERAL);
    let org = body(graph);
    OrgGeneralSettings {
        href,
        r#type,
        can_publish_catalogs: Some(org.can_publish_catalogs),
        can_publish_externally: Some(org.can_publish_externally),
        can_subscribe: Some(org.can_subscribe),
        deployed_vm_quota: Some(org.deployed_vm_quota),
        stored_vm_quota: Some(org.stored_vm_quota),
        use_server_boot_sequence: Some(false),
        delay_after_power_on_seconds: Some(0),
        ..OrgGeneralSettings::default()
    }
}

/// How long vApps live.
pub(crate) fn lease(cx: &ViewCx<'_>, graph: &Graph) -> OrgLeaseSettings {
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_LEASE);
    OrgLeaseSettings {
        href,
        r#type,
        link: cx.link_to(&org::UPDATE_LEASE, graph).into_iter().collect(),
        delete_on_storage_lease_expiration: Some(body(graph).deletes_expired_vapps),
        deployment_lease_seconds: Some(body(graph).deployment_lease_seconds),
        storage_lease_seconds: Some(body(graph).storage_lease_seconds),
        power_off_on_runtime_lease_expiration: Some(body(graph).powers_off_expired_vapps),
    }
}

/// How long templates live.
pub(crate) fn template_lease(cx: &ViewCx<'_>, graph: &Graph) -> OrgVAppTemplateLeaseSettings {
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_TEMPLATE_LEASE);
    OrgVAppTemplateLeaseSettings {
        href,
        r#type,
        link: cx.link_to(&org::UPDATE_TEMPLATE_LEASE, graph).into_iter().collect(),
        delete_on_storage_lease_expiration: Some(body(graph).deletes_expired_templates),
        storage_lease_seconds: Some(body(graph).template_storage_lease_seconds),
    }
}

/// No directory: accounts are local.
pub(crate) fn ldap(cx: &ViewCx<'_>, graph: &Graph) -> OrgLdapSettings {
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_LDAP);
    OrgLdapSettings { href, r#type, org_ldap_mode: Some("NONE".to_owned()), ..OrgLdapSettings::default() }
}

/// The system's mail server and addresses: an organization has none of its own.
pub(crate) fn email(cx: &ViewCx<'_>, graph: &Graph) -> OrgEmailSettings {
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_EMAIL);
    OrgEmailSettings {
        href,
        r#type,
        is_default_smtp_server: true,
        is_default_org_email: true,
        is_alert_email_to_all_admins: true,
        smtp_server_settings: Some(SmtpServerSettings::default()),
        ..OrgEmailSettings::default()
    }
}

/// Accounts are never locked out; the numbers are those that a fresh server would use if they were.
pub(crate) fn password_policy(cx: &ViewCx<'_>, graph: &Graph) -> OrgPasswordPolicySettings {
    let (href, r#type) = place(cx, graph.entity.urn(), &org::READ_PASSWORD_POLICY);
    OrgPasswordPolicySettings {
        href,
        r#type,
        account_lockout_enabled: false,
        invalid_logins_before_lockout: 5,
        account_lockout_interval_minutes: 10,
        ..OrgPasswordPolicySettings::default()
    }
}

/// `href` and `type` of a part that an action reads.
fn place(cx: &ViewCx<'_>, org: Urn, action: &Action) -> (Option<String>, Option<String>) {
    (Some(format!("{}{}", cx.base.href(org, action.view), action.path)), action.media.map(str::to_owned))
}

fn down(cx: &ViewCx<'_>, org: Urn, action: &Action) -> Link {
    link("down", action.media, format!("{}{}", cx.base.href(org, action.view), action.path))
}

/// The organization in its graph.
fn body(graph: &Graph) -> &org::Org {
    org::Org::of(&graph.entity.body).expect("the graph was loaded as one of an organization")
}
