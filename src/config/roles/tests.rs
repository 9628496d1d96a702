use super::*;
use crate::config::settings::tests::read as settings;
use crate::config::settings::tests::sentences;

const SHOPS: (&str, &str) = ("SHOPS", r#"{"north":{"origins":["https://north.example"]}}"#);
const NORTH: (&str, &str) = ("STAFF_TOKEN_NORTH", "the-token-of-the-north");

#[test]
fn each_role_has_a_name_a_proof_and_what_it_may() {
    let json = r#"{
        "ana": {"email": "Ana@shop.example", "role": "owner"},
        "north": {"token": "STAFF_TOKEN_NORTH", "role": "viewer", "shop": "north"},
        "bea": {"email": "bea@shop.example", "role": "viewer", "shop": ""}
    }"#;
    let read = settings(&[SHOPS, NORTH, ("STAFF_ROLES", json)]).expect("reads");
    let operator = |name: &str, is_owner, shop: Option<&str>| {
        Some(Operator { name: name.to_owned(), is_owner, shop: shop.map(str::to_owned) })
    };
    let callers = &read.callers;
    assert_eq!(callers.operator_of_token(NORTH.1), operator("north", false, Some("north")));
    assert_eq!(callers.operator_of_email("ana@SHOP.example"), operator("ana", true, None));
    assert_eq!(callers.operator_of_email("bea@shop.example"), operator("bea", false, Some("")));
    assert_eq!(callers.operator_of_email("eve@shop.example"), None);
    for token in ["", "STAFF_TOKEN_NORTH", "the-token-of-the-south", "ana@shop.example"] {
        assert_eq!(callers.operator_of_token(token), None);
        assert!(!callers.is_staff(NORTH.1), "a role runs nothing");
    }
}

#[test]
fn what_is_wrong_with_a_role_is_told_with_its_path() {
    for (json, path) in [
        (r#"{"ana": {"role": "owner"}}"#, "ana.token"),
        (
            r#"{"ana": {"email": "a@b.example", "token": "STAFF_TOKEN_NORTH", "role": "owner"}}"#,
            "ana.token",
        ),
        (r#"{"ana": {"email": "ana", "role": "owner"}}"#, "ana.email"),
        (r#"{"ana": {"email": "a@b.example"}}"#, "ana.role"),
        (r#"{"ana": {"email": "a@b.example", "role": "admin"}}"#, "ana.role"),
        (r#"{"ana": {"email": "a@b.example", "role": "owner", "shop": "south"}}"#, "ana.shop"),
        (r#"{"ana": {"email": "a@b.example", "role": "owner", "shops": []}}"#, "ana.shops"),
        (r#"{"ana": {"token": "the-token-of-the-north", "role": "owner"}}"#, "ana.token"),
        (r#"{"ana": {"token": "FASHN_API_KEY", "role": "owner"}}"#, "ana.token"),
        (r#"{"ana": {"token": "STAFF_TOKEN", "role": "owner"}}"#, "ana.token"),
        (r#"{"ana": {"token": "STAFF_TOKEN_PREVIOUS", "role": "owner"}}"#, "ana.token"),
        (r#"{"ana": {"token": "STAFF_TOKEN_SOUTH", "role": "owner"}}"#, "ana.token"),
        (
            r#"{"a": {"email": "a@b.example", "role": "owner"}, "b": {"email": "A@b.example", "role": "owner"}}"#,
            "b.email",
        ),
        (r#"{"ana": "owner"}"#, "ana"),
        ("[]", ""),
    ] {
        let told = sentences(&[SHOPS, NORTH, ("STAFF_ROLES", json)]);
        let [sentence] = &*told else { panic!("{told:?}") };
        assert!(sentence.starts_with(&format!("STAFF_ROLES can't be read: {path}")), "{sentence}");
        assert!(!sentence.contains(NORTH.1) || json.contains(NORTH.1), "{sentence}");
    }
}

#[test]
fn access_needs_its_audience_and_a_team_on_https() {
    let team = ("ACCESS_TEAM", "https://team.cloudflareaccess.com");
    let read = settings(&[team, ("ACCESS_AUDIENCE", "4714c1358e65")]).expect("reads");
    let access = read.callers.access.expect("is set");
    assert_eq!((&*access.team, &*access.audience), (team.1, "4714c1358e65"));
    assert!(sentences(&[team])[0].starts_with("ACCESS_AUDIENCE is missing"));
    let plain = sentences(&[("ACCESS_TEAM", "http://team.example"), ("ACCESS_AUDIENCE", "a")]);
    assert!(plain[0].starts_with("ACCESS_TEAM"), "{plain:?}");
    assert!(settings(&[("ACCESS_AUDIENCE", "a")]).expect("reads").callers.access.is_none());
}
