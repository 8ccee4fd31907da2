//! The query service: typed and packaged queries, and the list of types.

use crate::cx::Cx;
use crate::negotiate::Encoding;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::query::{self as view, Place};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, media};
use vcdsim_platform::query::record::QueryType;
use vcdsim_platform::query::request::{Format, Request};
use vcdsim_platform::query::{self, Within};
use vcdsim_wire::roots::vcloud::{QUERY_LIST, QUERY_RESULT_RECORDS};

/// Packaged queries (the programming guides list them): path, query type, and the type for those who administer the cloud.
const PACKAGED: &[(&str, &str, &str)] = &[
    ("/api/catalogs/query", "catalog", "catalog"),
    ("/api/mediaList/query", "media", "media"),
    ("/api/vAppTemplates/query", "vAppTemplate", "vAppTemplate"),
    ("/api/vApps/query", "vApp", "vApp"),
    ("/api/vms/query", "vm", "vm"),
    ("/api/admin/groups/query", "group", "adminGroup"),
    ("/api/admin/users/query", "user", "adminUser"),
    ("/api/admin/strandedUsers/query", "strandedUser", "strandedUser"),
    ("/api/admin/roles/query", "role", "role"),
    ("/api/admin/rights/query", "right", "right"),
    ("/api/admin/orgs/query", "organization", "organization"),
    ("/api/admin/vdcs/query", "orgVdc", "adminOrgVdc"),
    ("/api/admin/extension/hostReferences/query", "host", "host"),
    ("/api/admin/extension/datastores/query", "datastore", "datastore"),
    ("/api/admin/extension/externalNetworkReferences/query", "externalNetwork", "externalNetwork"),
    ("/api/admin/extension/networkPoolReferences/query", "networkPool", "networkPool"),
    ("/api/admin/extension/providerVdcReferences/query", "providerVdc", "providerVdc"),
    ("/api/admin/extension/vimServerReferences/query", "virtualCenter", "virtualCenter"),
    ("/api/admin/extension/orgNetworks/query", "adminOrgNetwork", "adminOrgNetwork"),
    ("/api/admin/extension/orgVdcs/query", "adminOrgVdc", "adminOrgVdc"),
    ("/api/admin/extension/vapps/query", "adminVApp", "adminVApp"),
    // These two stand in the SDK for .NET of 5.5 beside the others.
    ("/api/admin/extension/strandedItems/query", "strandedItem", "strandedItem"),
    ("/api/admin/extension/service/query", "adminService", "adminService"),
];

/// Queries below a VDC: what follows its href, and the query type.
const BELOW_VDC: &[(&str, &str)] = &[("networks", "orgVdcNetwork"), ("edgeGateways", "edgeGateway")];

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/query", typed);
    for (path, plain, admin) in PACKAGED {
        routes.get(path, move |cx| packaged(cx, plain, admin));
    }
    for (word, name) in BELOW_VDC {
        let path = format!("{}{{id}}/{word}", Kind::Vdc.info().place(View::Admin).path);
        routes.get(&path, move |cx| below_vdc(cx, name)).since = ApiVersion::V5_1;
    }
}

/// `GET /api/query`
async fn typed(cx: Cx) -> Result<Reply, Fault> {
    let request = read(&cx)?;
    match &request.query_type {
        Some(name) => {
            let query_type = query::admit(cx.caller()?, name, cx.version())?;
            answer(&cx, query_type, None, &request).await
        }
        None => list(&cx),
    }
}

fn list(cx: &Cx) -> Result<Reply, Fault> {
    let document = view::list(&cx.view(View::User)?, query::types(cx.caller()?, cx.version()));
    Ok(Reply::document(200, &document, &QUERY_LIST, media::QUERY_LIST, &cx.wanted))
}

/// `GET /api/vApps/query` and its like
async fn packaged(cx: Cx, plain: &str, admin: &str) -> Result<Reply, Fault> {
    let request = read(&cx)?;
    if request.query_type.is_some() {
        return Err(Fault::bad_request("A packaged query takes no parameter type; /api/query does."));
    }
    let name = if cx.caller()?.is_system_admin() { admin } else { plain };
    let query_type = query::admit(cx.caller()?, name, cx.version())?;
    answer(&cx, query_type, None, &request).await
}

/// `GET /api/admin/vdc/{id}/networks`, `/edgeGateways`: whoever sees the VDC may ask.
async fn below_vdc(cx: Cx, name: &str) -> Result<Reply, Fault> {
    let request = read(&cx)?;
    let within = Within { attribute: "vdc", object: cx.urn(Kind::Vdc)? };
    let query_type = QueryType::find(name, cx.version()).ok_or_else(Fault::internal)?;
    answer(&cx, query_type, Some(within), &request).await
}

/// The request; a format that only the Accept header names counts too.
fn read(cx: &Cx) -> Result<Request, Fault> {
    let mut request = Request::read(&cx.request.query)?;
    let accepted = || Format::ALL.into_iter().find(|format| cx.wanted.names(view::media(*format)));
    request.format = request.format.or_else(accepted);
    Ok(request)
}

async fn answer(cx: &Cx, query_type: &'static QueryType, within: Option<Within>, request: &Request) -> Result<Reply, Fault> {
    let page = query::run(&cx.cloud, cx.caller()?, query_type, within, request, cx.version()).await?;
    let (view, place) = (cx.view(View::User)?, Place { path: &cx.request.path, request });
    let media = view::media(page.format);
    if page.format == Format::References {
        let (document, root) = view::references(&view, &page, place);
        return Ok(Reply::document(200, &document, root, media, &cx.wanted));
    }
    let document = view::records(&view, &page, place, cx.wanted.encoding == Encoding::Xml);
    Ok(Reply::document(200, &document, &QUERY_RESULT_RECORDS, media, &cx.wanted))
}
