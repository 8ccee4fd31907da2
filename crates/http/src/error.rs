//! Failures as clients see them. Invariant: whatever goes wrong, the answer is a vCloud `Error` document, or its JSON form.

use crate::message::Response;
use crate::negotiate::{Encoding, Wanted};
use crate::passage::Refusal;
use crate::reply::Reply;
use uuid::Uuid;
use vcdsim_model::{FaultCode, media};
use vcdsim_wire::vcloud::Error;

/// The `Error` element of a failure.
#[must_use]
pub(crate) fn document(why: &Refusal, request: Uuid) -> Error {
    Error {
        message: format!("[ {request} ] {}", why.message()),
        major_error_code: i32::from(why.status()),
        minor_error_code: why.minor().to_owned(),
        ..Error::default()
    }
}

/// The response to a request that failed. `openapi` failures have no major code (reference 7.1).
#[must_use]
pub(crate) fn response(why: &Refusal, request: Uuid, wanted: &Wanted, openapi: bool) -> Response {
    let status = why.status();
    let reply = if openapi {
        let message = format!("[ {request} ] {}", why.message());
        let value = serde_json::json!({ "minorErrorCode": why.minor(), "message": message, "stackTrace": null });
        Reply::json(status, &value, &Wanted { encoding: Encoding::Json, ..wanted.clone() })
    } else {
        Reply::document(status, &document(why, request), &vcdsim_wire::roots::vcloud::ERROR, media::ERROR, wanted)
    };
    let response = reply.into_response();
    if status == FaultCode::Unauthorized.status() {
        return response.with("www-authenticate", "Basic realm=\"vCloud Director\"");
    }
    response
}
