use super::*;

#[test]
fn a_proxy_s_prefix_is_taken_off_the_storefront_s_routes_alone() {
    for (path, rest) in [
        ("/apps/try-on/v1/run", Some("/v1/run")),
        ("/apps/x/v1/status/abc", Some("/v1/status/abc")),
        ("/apps/v1/run", None),
        ("/apps/x/webhooks/fashn/tok", None),
        ("/apps//v1/run", Some("/v1/run")),
        ("/v1/run", None),
    ] {
        assert_eq!(below_proxy(path), rest, "{path}");
    }
}

#[test]
fn every_route_is_found_by_its_method_and_path() {
    for (method, path, found) in [
        ("POST", "/v1/run", Ok(Route::Run)),
        ("OPTIONS", "/v1/run", Ok(Route::Preflight)),
        ("GET", "/v1/run", Err(NoRoute::WrongMethod("POST, OPTIONS".into()))),
        ("POST", "/v1/quote", Ok(Route::Quote)),
        ("GET", "/v1/credits", Ok(Route::Credits)),
        ("GET", "/v1/shop", Ok(Route::Shop)),
        ("POST", "/v1/shop", Err(NoRoute::WrongMethod("GET, HEAD, OPTIONS".into()))),
        ("POST", "/v1/events", Ok(Route::Events)),
        ("OPTIONS", "/v1/events", Ok(Route::Preflight)),
        ("GET", "/v1/status/abc", Ok(Route::Status { id: "abc" })),
        ("OPTIONS", "/v1/status/abc", Ok(Route::Preflight)),
        ("POST", "/v1/status/abc", Err(NoRoute::WrongMethod("GET, HEAD, DELETE, OPTIONS".into()))),
        ("DELETE", "/v1/status/abc", Ok(Route::Forget { id: "abc" })),
        ("GET", "/v1/outputs/abc/0", Ok(Route::Output { id: "abc", n: "0" })),
        ("GET", "/v1/outputs/abc", Err(NoRoute::UnknownPath)),
        ("GET", "/v1/outputs/abc/0/1", Err(NoRoute::UnknownPath)),
        ("GET", "/v1/outputs//0", Err(NoRoute::UnknownPath)),
        ("GET", "/v1/status/", Err(NoRoute::UnknownPath)),
        ("GET", "/v1/status/a/b", Err(NoRoute::UnknownPath)),
        ("POST", "/webhooks/fashn/tok", Ok(Route::FashnWebhook { token: "tok" })),
        ("GET", "/webhooks/fashn/tok", Err(NoRoute::WrongMethod("POST".into()))),
        ("OPTIONS", "/webhooks/fashn/tok", Err(NoRoute::WrongMethod("POST".into()))),
        ("POST", "/webhooks/orders", Ok(Route::Orders)),
        ("OPTIONS", "/webhooks/orders", Err(NoRoute::WrongMethod("POST".into()))),
        ("GET", "/staff/api/account", Ok(Route::StaffAccount)),
        ("GET", "/staff/api/receipts", Ok(Route::StaffReceipt)),
        ("POST", "/staff/api/breaker/close", Ok(Route::Staff(StaffAction::CloseBreaker))),
        ("POST", "/staff/api/slots/free", Ok(Route::Staff(StaffAction::FreeSlot))),
        ("POST", "/staff/api/quarantine/clear", Ok(Route::Staff(StaffAction::ClearQuarantine))),
        ("POST", "/staff/api/visitors/reset", Ok(Route::Staff(StaffAction::ResetVisitor))),
        ("GET", "/staff/api/slots/free", Err(NoRoute::WrongMethod("POST".into()))),
        ("POST", "/staff/api/account", Err(NoRoute::WrongMethod("GET".into()))),
        ("OPTIONS", "/staff/api/account", Err(NoRoute::WrongMethod("GET".into()))),
        ("GET", "/staff/api", Err(NoRoute::UnknownPath)),
        ("GET", "/staff/api/dead-letters", Ok(Route::DeadLetters)),
        ("POST", "/staff/api/dead-letters/a/send", Ok(Route::SendDeadLetter { id: "a" })),
        ("GET", "/healthz", Ok(Route::Health)),
        ("HEAD", "/readyz", Ok(Route::Ready)),
        ("GET", "/v1", Err(NoRoute::UnknownPath)),
        ("GET", "/V1/RUN", Err(NoRoute::UnknownPath)),
    ] {
        assert_eq!(route(method, path), found, "{method} {path}");
    }
}
