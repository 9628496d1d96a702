//! Which of the staff calls, and what each may.

use std::cell::{Cell, RefCell};

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};

use super::ports::Ports;
use super::settings::settings;
use super::{NOON, broken, done, origin, signer, ticket};
use crate::account::staff::StaffOutcome;
use crate::app::authorize::Authority;
use crate::app::brakes::{self, Change};
use crate::app::log::LogEvent;
use crate::app::message::{Request, Response};
use crate::app::operator::AccessKeys;
use crate::app::ports::{AccessPorts, CallError, Runtime};
use crate::app::problem::Problem;
use crate::app::staff::{self, Target};
use crate::auth::access::Access;
use crate::auth::roles::Operator;
use crate::config::settings::Settings;
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};
use crate::http::route::StaffAction;

const TEAM: &str = "https://team.cloudflareaccess.com";
const ROLES: &str = r#"{
    "ana": {"email": "ana@shop.example", "role": "owner"},
    "north": {"token": "STAFF_TOKEN_NORTH", "role": "viewer", "shop": "north"}
}"#;

fn staffed() -> Settings {
    settings(&[
        (
            "SHOPS",
            r#"{"north":{"origins":["https://n.example"]},"own":{"origins":["https://o.example"],"fashn_key":"FASHN_API_KEY_OWN","day_credits":7}}"#,
        ),
        ("FASHN_API_KEY_OWN", "another-key"),
        ("STAFF_TOKEN", "the-token-of-staff"),
        ("STAFF_TOKEN_NORTH", "the-token-of-the-north"),
        ("STAFF_ROLES", ROLES),
        ("ACCESS_TEAM", TEAM),
        ("ACCESS_AUDIENCE", "ours"),
    ])
}

/// Cloudflare Access: what it answers, and whether signatures are right.
struct Team {
    now_ms: Cell<u64>,
    answer: RefCell<Result<Vec<u8>, CallError>>,
    asked: Cell<u32>,
    is_right: Cell<bool>,
}

impl Runtime for Team {
    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }
    async fn sleep(&self, _: u64) {}
    fn log(&self, _: &LogEvent<'_>) {}
}

impl AccessPorts for Team {
    async fn access_keys(&self, access: &Access) -> Result<Vec<u8>, CallError> {
        assert_eq!(access.team, TEAM);
        self.asked.set(self.asked.get() + 1);
        self.answer.borrow().clone()
    }
    async fn is_signed_by(&self, key: &str, signed: &str, signature: &[u8]) -> bool {
        assert!(key.contains(r#""kty":"RSA""#) && signed.contains('.') && signature == b"sig");
        self.is_right.get()
    }
}

fn team() -> Team {
    let keys = json!({"keys": [{"kid": "one", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]});
    Team {
        now_ms: Cell::new(NOON),
        answer: RefCell::new(Ok(keys.to_string().into_bytes())),
        asked: Cell::default(),
        is_right: Cell::new(true),
    }
}

fn assertion(key_id: &str, email: &str) -> String {
    let part = |value: Value| BASE64URL.encode_to_string(value.to_string());
    let claims = json!({"iss": TEAM, "aud": ["ours"], "exp": NOON / 1_000 + 60, "email": email});
    [part(json!({"alg": "RS256", "kid": key_id})), part(claims), BASE64URL.encode_to_string("sig")]
        .join(".")
}

fn operator(
    team: &Team,
    keys: &AccessKeys,
    headers: &[(Header, &str)],
) -> Result<Operator, Problem> {
    let (settings, signer, own_origin) = (staffed(), signer(), origin());
    let text = text_with("", headers);
    let head = RequestHead::parse(&text);
    let page = settings.shops.page_origin(head.header(Header::Origin), &own_origin);
    let authority =
        Authority { settings: &settings, signer: &signer, own_origin: &own_origin, page: &page };
    done(authority.operator(team, keys, &head))
}

fn status(told: Result<Operator, Problem>) -> u16 {
    told.expect_err("nobody").answer().status
}

#[test]
fn a_token_names_its_role_and_is_not_made_good_by_an_assertion() {
    let (team, keys) = (team(), AccessKeys::default());
    let good = assertion("one", "ana@shop.example");
    let of = |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [(Header::Authorization, &*bearer), (Header::AccessAssertion, &*good)];
        operator(&team, &keys, &headers)
    };
    assert_eq!(of("the-token-of-staff").expect("staff"), Operator::owner());
    let north = of("the-token-of-the-north").expect("staff");
    assert_eq!(
        (&*north.name, north.is_owner, north.shop.as_deref()),
        ("north", false, Some("north"))
    );
    for token in ["", "wrong", "STAFF_TOKEN_NORTH"] {
        assert_eq!(status(of(token)), 401);
    }
    assert_eq!(status(operator(&team, &keys, &[])), 401);
    assert_eq!(team.asked.get(), 0);
}

#[test]
fn access_names_the_person_and_its_keys_are_asked_for_once() {
    let (team, keys) = (team(), AccessKeys::default());
    let of = |key_id, email| {
        let assertion = assertion(key_id, email);
        operator(&team, &keys, &[(Header::AccessAssertion, &assertion)])
    };
    for _ in 0..3 {
        let ana = of("one", "Ana@shop.example").expect("staff");
        assert_eq!((&*ana.name, ana.is_owner, ana.shop), ("ana", true, None));
    }
    assert_eq!(team.asked.get(), 1);
    assert_eq!(status(of("one", "eve@shop.example")), 403);
    assert_eq!(status(of("two", "ana@shop.example")), 401);
    assert_eq!(team.asked.get(), 1, "not twice a minute");
    team.now_ms.set(NOON + 59_999);
    assert_eq!(status(of("two", "ana@shop.example")), 401);
    assert_eq!(team.asked.get(), 1);
    // The team has a new key.
    let new = json!({"keys": [{"kid": "two", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]});
    *team.answer.borrow_mut() = Ok(new.to_string().into_bytes());
    team.now_ms.set(NOON + 60_000);
    let expired = of("two", "ana@shop.example").expect_err("expired");
    assert!(expired.to_string().contains("expired"), "{expired}");
    assert_eq!(team.asked.get(), 2);
    team.is_right.set(false);
    assert_eq!(status(of("two", "ana@shop.example")), 401);
}

#[test]
fn keys_that_can_not_be_had_are_a_sentence() {
    let (team, keys) = (team(), AccessKeys::default());
    *team.answer.borrow_mut() = Err(broken());
    let assertion = assertion("one", "ana@shop.example");
    for _ in 0..2 {
        let refused = operator(&team, &keys, &[(Header::AccessAssertion, &assertion)]);
        let answer = refused.expect_err("nobody").answer();
        assert_eq!(answer.status, 401);
        assert!(answer.body.message.contains("could not be had"), "{}", answer.body.message);
    }
    assert_eq!(team.asked.get(), 1);
}

/// A browser sends Access's cookie along from any page.
#[test]
fn another_page_does_not_speak_for_the_person() {
    let (team, keys) = (team(), AccessKeys::default());
    let assertion = assertion("one", "ana@shop.example");
    let from = |page| {
        let headers = [(Header::AccessAssertion, &*assertion), (Header::Origin, page)];
        operator(&team, &keys, &headers)
    };
    assert!(from("https://gateway.example").is_ok());
    for page in ["https://n.example", "https://evil.example", "null"] {
        assert_eq!(status(from(page)), 403, "{page}");
    }
}

fn of_shop(shop: &str, is_owner: bool) -> Operator {
    Operator { name: "bea".to_owned(), is_owner, shop: Some(shop.to_owned()) }
}

#[test]
fn staff_of_one_shop_see_and_change_it_alone() {
    let (settings, signer, ports) = (staffed(), signer(), Ports::new());
    let north = of_shop("north", true);
    assert_eq!(north.shop_of(None).expect("its own").as_deref(), Some("north"));
    assert_eq!(north.shop_of(Some("north")).expect("its own").as_deref(), Some("north"));
    assert!(north.shop_of(Some("own")).is_err() && north.shop_of(Some("")).is_err());
    assert!(north.require_owner().is_ok() && of_shop("north", false).require_owner().is_err());
    // The default shop has the same key.
    assert!(staff::require_own_account(&settings, &north).is_err());
    assert!(staff::require_own_account(&settings, &of_shop("own", true)).is_ok());
    assert!(staff::require_own_account(&settings, &Operator::owner()).is_ok());
    let target = Target { shop: None, id: Some(signer.id(&ticket(1)).as_str().to_owned()) };
    for (operator, action, expected) in [
        (&north, StaffAction::CloseBreaker, 403),
        (&north, StaffAction::FreeSlot, 403),
        // The run is of another account.
        (&of_shop("own", true), StaffAction::FreeSlot, 404),
    ] {
        let change = staff::change(&ports, &settings, &signer, operator, action, &target);
        assert_eq!(done(change).expect_err("refused").answer().status, expected);
    }
    let change = Change { shop: Some("own".to_owned()), set: Vec::new() };
    let refused = done(brakes::change(&ports, &settings, &north, change)).expect_err("refused");
    assert_eq!(refused.answer().status, 403);
    for (of_run, found) in [(json!({"shop": "north"}), true), (json!({"shop": ""}), false)] {
        ports.accounts.will_answer([Ok(Response::Told(Box::new(of_run)))]);
        let run = done(staff::run(&ports, &signer, &north, &target));
        assert_eq!(run.is_ok(), found);
    }
    ports.accounts.will_answer([Ok(Response::Told(Box::new(Value::Null)))]);
    let run = done(staff::run(&ports, &signer, &Operator::owner(), &target));
    assert_eq!(run.expect_err("not there").answer().status, 404);
}

#[test]
fn brakes_are_set_within_the_settings_and_each_fault_has_its_path() {
    let (settings, ports) = (staffed(), Ports::new());
    let change = |json: &str| {
        let change = Change::parse(json.as_bytes())?;
        done(brakes::change(&ports, &settings, &Operator::owner(), change))
    };
    for (json, paths) in [
        (r#"{"shop":"north","day_credits":2001}"#, vec!["day_credits"]),
        (
            r#"{"shop":"own","day_credits":8,"month_credits":218}"#,
            vec!["day_credits", "month_credits"],
        ),
        (
            r#"{"guest_day_tries":11,"signed_in_day_tries":-1}"#,
            vec!["guest_day_tries", "signed_in_day_tries"],
        ),
        (r#"{"signed_in_share":101}"#, vec!["signed_in_share"]),
        (r#"{"signed_in_share":"30%"}"#, vec!["signed_in_share"]),
        (r#"{"is_paused":1,"pacing":null}"#, vec!["is_paused", "pacing"]),
        (r#"{"day_credits":1.5}"#, vec!["day_credits"]),
        (r#"{"paused":true}"#, vec!["paused"]),
        (r#"{"shop":"south","is_paused":true}"#, vec!["shop"]),
        (r#"{"shop":7}"#, vec!["shop"]),
        ("[]", vec![""]),
        ("", vec![""]),
    ] {
        let answer = change(json).expect_err(json).answer();
        let told: Vec<_> = answer.body.errors.iter().map(|error| &*error.path).collect();
        assert_eq!((answer.status, told), (400, paths), "{json}");
    }
    ports.accounts.will_answer([Ok(Response::Changed(StaffOutcome::Changed))]);
    let json = r#"{"shop":"north","is_paused":true,"day_credits":2000,"guest_day_tries":null}"#;
    let (is_changed, line) = change(json).expect("is changed");
    assert!(is_changed && line.starts_with("Brakes in account "), "{line}");
    let set = [
        ("day_credits", json!(2000)),
        ("guest_day_tries", Value::Null),
        ("is_paused", json!(true)),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let (shop, by) = ("north".to_owned(), "owner".to_owned());
    assert_eq!(ports.accounts.asked(), [Request::Brake { shop, by, set }]);
}

#[test]
fn staff_learn_who_they_are_and_what_bounds_them() {
    let settings = staffed();
    let me = |operator: &Operator| brakes::me(&settings, operator).expect("told");
    let bounds =
        |day: u64| json!({"day_credits": day, "month_credits": 31 * day, "visitor_day_tries": 10});
    let owner = json!({
        "name": "owner", "role": "owner", "shop": null, "shops": ["", "north", "own"],
        "settings": bounds(2_000),
    });
    assert_eq!(me(&Operator::owner()), owner);
    let bea = json!({
        "name": "bea", "role": "viewer", "shop": "own", "shops": ["own"], "settings": bounds(7),
    });
    assert_eq!(me(&of_shop("own", false)), bea);
}

#[test]
fn audit_is_told_newest_first_over_all_accounts() {
    let (settings, ports) = (settings(&[]), Ports::new());
    let rows = json!([[3, "ana", "", "pacing: false → true"], [1, "bea", "", "…"]]);
    ports.accounts.will_answer([Ok(Response::Told(Box::new(rows)))]);
    let told = done(brakes::audit(&ports, &settings, Some(""))).expect("told");
    let first = json!({"at_ms": 3, "by": "ana", "shop": "", "change": "pacing: false → true"});
    assert_eq!((&told["changes"][0], told["changes"].as_array().map(Vec::len)), (&first, Some(2)));
    // An account that is silent is named.
    ports.accounts.will_answer([Err(broken()), Err(broken())]);
    for told in
        [done(brakes::audit(&ports, &settings, None)), done(brakes::show(&ports, &settings, None))]
    {
        assert!(told.expect("told")["accounts"][0]["error"].is_string());
    }
}
