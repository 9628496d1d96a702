use super::{read, sentences};
use crate::config::shops::KeyName;

const NORTH: &str = r#"{"north":{"origins":["https://north.example"],"fashn_key":"FASHN_API_KEY_NORTH","day_credits":7}}"#;

#[test]
fn each_key_has_its_secret_and_its_budget_and_no_other_key_s() {
    let settings =
        read(&[("SHOPS", NORTH), ("FASHN_API_KEY_NORTH", "key-of-north")]).expect("reads");
    let key = |name| KeyName::parse(name).expect("a name");
    for (name, secret, day_credits) in [
        ("FASHN_API_KEY", Some("fa-key"), 2_000),
        ("FASHN_API_KEY_NORTH", Some("key-of-north"), 7),
        // A prediction may outlive its shop: its key is gone then, and no other takes its place.
        ("FASHN_API_KEY_GONE", None, 2_000),
    ] {
        let name = key(name);
        let found = settings.fashn.key(&name).map(crate::auth::secret::Secret::reveal);
        assert_eq!(found, secret, "{name:?}");
        assert_eq!(settings.limits_of(&name).day_credits, day_credits, "{name:?}");
    }
}

#[test]
fn a_missing_key_is_named_and_so_is_one_that_can_t_be_sent_or_is_there_already() {
    for (value, reason) in [
        ("", "is missing: set it with: wrangler secret put FASHN_API_KEY_NORTH"),
        ("two words", "has a character that can't be sent: use printable ASCII without spaces"),
        ("fa-key", "is the same as FASHN_API_KEY: name that one"),
    ] {
        let problems = sentences(&[("SHOPS", NORTH), ("FASHN_API_KEY_NORTH", value)]);
        let expected = format!("SHOPS names FASHN_API_KEY_NORTH, which {reason}");
        assert_eq!(problems, [expected]);
    }
}

#[test]
fn a_garment_secret_that_is_missing_or_too_short_is_named_and_so_is_the_one_before_it() {
    let table = r#"{"north":{"origins":[],"garment_secret":"GARMENT_SECRET_NORTH"}}"#;
    let good = "0123456789abcdef0123456789abcdef";
    for (current, previous, reason) in [
        (good, "", None),
        (good, good, None),
        (
            "",
            good,
            Some("NORTH, which is missing: set it with: wrangler secret put GARMENT_SECRET_NORTH"),
        ),
        ("short", "", Some("NORTH, which is too short: it must have 32 characters or more")),
        (
            good,
            "short",
            Some("NORTH_PREVIOUS, which is too short: it must have 32 characters or more"),
        ),
    ] {
        let set = [
            ("SHOPS", table),
            ("GARMENT_SECRET_NORTH", current),
            ("GARMENT_SECRET_NORTH_PREVIOUS", previous),
        ];
        match reason {
            None => assert!(read(&set).is_ok(), "{current} {previous}"),
            Some(reason) => {
                let names = "SHOPS can't be read: north.garment_secret names GARMENT_SECRET";
                assert_eq!(sentences(&set), [format!("{names}_{reason}")]);
            }
        }
    }
}

#[test]
fn a_table_that_can_t_be_read_opens_nothing() {
    let problems = sentences(&[("SHOPS", "{\"north\":{}}")]);
    assert_eq!(
        problems,
        ["SHOPS can't be read: north.origins is required, or shopify is: whose shop is it?"]
    );
}
