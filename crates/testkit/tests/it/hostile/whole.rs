//! The properties. Invariant: a case goes to a cloud in which others were tried before, so that what one leaves behind is met by the next.

use super::case::{self, Case};
use super::hall::{Hall, SECRET};
use super::judge;
use proptest::prelude::*;
use std::cell::RefCell;

/// Sends each case to one cloud, which is made anew when it has seen many.
fn try_all<S: Strategy<Value = Case>>(strategy: S) {
    let hall = RefCell::new(Hall::new());
    proptest!(|(case in strategy)| {
        let mut hall = hall.borrow_mut();
        hall.refresh();
        let request = case.request(&hall);
        let response = hall.send(&request);
        judge(&request, &response);
        // What was taken must be read as well, in either form.
        for follow in hall.followers(&response) {
            let read = hall.send(&follow);
            judge(&follow, &read);
            assert_eq!(read.status, 200, "{follow:?} after {request:?}");
        }
    });
}

#[test]
fn any_request_is_answered() {
    try_all(case::request());
}

#[test]
fn any_change_to_a_body_is_answered() {
    try_all(case::body());
}

#[test]
fn any_query_is_answered() {
    try_all(case::query());
}

#[test]
fn any_login_is_answered() {
    try_all(case::login());
}

#[test]
fn any_call_of_the_control_interface_is_answered() {
    let hall = RefCell::new(Hall::new());
    proptest!(|(request in case::control())| {
        let mut hall = hall.borrow_mut();
        hall.refresh();
        let response = hall.control(&request);
        let text = std::str::from_utf8(&response.body).unwrap();
        prop_assert!([200, 400, 403, 404, 405, 409].contains(&response.status), "{:?}: {}", request, text);
        let is_json = response.header("content-type").is_some_and(|media| media.contains("json"));
        let fits = !is_json || serde_json::from_str::<serde_json::Value>(text).is_ok();
        // Numbers and certificates are text, and say so; a refusal never is.
        prop_assert!(fits && (is_json || response.status == 200) && !text.contains(SECRET), "{:?}: {}", request, text);
    });
}
