//! `GET /api/versions`: the one document that needs neither a version nor a session.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::{Guard, Routes};
use vcdsim_model::Fault;
use vcdsim_model::version::ApiVersion;
use vcdsim_wire::versions::{SupportedVersions, VersionInfo};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/versions", list).guard = Guard::Public;
}

/// `GET /api/versions`
async fn list(cx: Cx) -> Result<Reply, Fault> {
    let version_info = ApiVersion::ALL.iter().map(|version| row(&cx, *version)).collect();
    let document = SupportedVersions { version_info };
    Ok(Reply::document(200, &document, &vcdsim_wire::roots::versions::SUPPORTED_VERSIONS, "text/xml", &cx.wanted))
}

/// Logins moved to the OpenAPI with 33.0; the list ends with 1.5, whose `LoginUrl` the oldest Go client takes (`clients-go` facts).
fn row(cx: &Cx, version: ApiVersion) -> VersionInfo {
    let openapi = version >= ApiVersion::V33_0;
    let path = if openapi { "/cloudapi/1.0.0/sessions" } else { "/api/sessions" };
    VersionInfo {
        deprecated: Some(version.is_deprecated()),
        version: version.to_string(),
        login_url: cx.base.join(path),
        provider_login_url: openapi.then(|| cx.base.join("/cloudapi/1.0.0/sessions/provider")),
        ..VersionInfo::default()
    }
}
