use super::*;
use crate::auth::secret::Secret;

const UUID: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// Of a visitor of a shop, `ann@atelier`, or of staff.
fn queries(caller: &str, key: Option<&str>, body: &str) -> Vec<DedupQuery> {
    queries_of(caller, key, body, true)
}

fn queries_of(caller: &str, key: Option<&str>, body: &str, join: bool) -> Vec<DedupQuery> {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    let key = key.map(|key| IdempotencyKey::parse(key).expect("a key"));
    let (visitor, shop) = caller.split_once('@').unwrap_or((caller, ""));
    let visitor = (visitor != "staff").then(|| Visitor(visitor.into()));
    let fingerprint = fingerprint(&signer, body.as_bytes());
    dedup_queries(&signer, shop, visitor.as_ref(), join, key.as_ref(), &fingerprint)
}

#[test]
fn equal_inputs_of_one_visitor_have_one_name_and_no_others_have_it() {
    let name = |visitor, body| queries(visitor, None, body)[0].name.clone();
    assert_eq!(name("ann", "shirt"), name("ann", "shirt"));
    assert_ne!(name("ann", "shirt"), name("bob", "shirt"));
    assert_ne!(name("ann", "shirt"), name("ann", "skirt"));
    assert_ne!(name("ann", "x"), name("an", "nx"));
}

#[test]
fn a_picture_counts_to_its_last_byte() {
    let hash = |secret: &str, data: &str| {
        let signer = Signer::new(&Secret::new(secret.into())).expect("any key is taken");
        let image = Image::read(format!("data:image/png;base64,{data}").into()).expect("a picture");
        let rule = HashedPictures::new(&signer, &fashn::image::AnyImage);
        match rule.accept(Role::Person, image).expect("accepted") {
            Image::Data(data) => data.placeholder().expect("a placeholder").to_owned(),
            Image::Url(_) => panic!("not a picture"),
        }
    };
    let photo = "A".repeat(1 << 20);
    let touched = [&photo[1..], "B"].concat();
    assert_eq!(hash("one", &photo), hash("one", &photo));
    assert_ne!(hash("one", &photo), hash("one", &touched));
    assert_ne!(hash("one", &photo), hash("two", &photo));
    insta::assert_snapshot!(hash("one", "AAAA"), @"hD2vzP4jvb4");
}

#[test]
fn a_key_has_one_name_whatever_is_asked_and_tells_the_bodies_apart() {
    let shirt = &queries("ann", Some("k-1"), "shirt")[0];
    let dress = &queries("ann", Some("\"k-1\""), "skirt")[0];
    assert_eq!((&shirt.name, shirt.kind), (&dress.name, DedupKind::Key));
    assert_ne!(shirt.fingerprint, dress.fingerprint);
    assert_ne!(queries("bob", Some("k-1"), "shirt")[0].name, shirt.name);
}

#[test]
fn a_uuid_is_one_run_of_its_shop_from_any_network() {
    let name = |caller| queries(caller, Some(UUID), "shirt")[0].name.clone();
    assert_eq!(name("ann@atelier"), name("bob@atelier"));
    assert_ne!(name("ann@atelier"), name("ann@boutique"));
    for other in ["8e03978e-40d5-43dd-bc93-6894a57f932", "8e03978e40d543ddbc936894a57f9324", "g"] {
        let name = |caller| queries(caller, Some(other), "shirt")[0].name.clone();
        assert_ne!(name("ann@atelier"), name("bob@atelier"), "{other}");
    }
}

#[test]
fn a_key_counts_before_likeness() {
    let kinds =
        |key| -> Vec<_> { queries("ann", key, "shirt").iter().map(|query| query.kind).collect() };
    assert_eq!(kinds(Some("k")), [DedupKind::Key, DedupKind::Likeness]);
    assert_eq!(kinds(None), [DedupKind::Likeness]);
}

#[test]
fn runs_of_staff_are_told_apart_by_their_keys_alone() {
    assert_eq!(queries("staff", None, "shirt"), []);
    let keyed = queries("staff", Some("k-1"), "shirt");
    assert_eq!(keyed.iter().map(|query| query.kind).collect::<Vec<_>>(), [DedupKind::Key]);
    assert_eq!(queries("staff", Some("k-1"), "skirt")[0].name, keyed[0].name);
}

#[test]
fn another_text_than_a_key_is_a_fault_of_the_header() {
    for good in [UUID, "\"a b\"".replace(' ', "-").as_str(), "x"] {
        assert!(IdempotencyKey::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "\"\"", "   ", "a b", "ä", "a\"b", &"x".repeat(256)] {
        let Err(RequestError::Fields(faults)) = IdempotencyKey::parse(bad) else { panic!("{bad}") };
        assert_eq!(faults[0].path, "Idempotency-Key");
    }
}

#[test]
fn a_run_that_may_not_join_another_is_found_by_its_key_alone() {
    let kinds = |key, join| -> Vec<_> {
        queries_of("ann", key, "shirt", join).into_iter().map(|query| query.kind).collect()
    };
    assert_eq!(kinds(None, true), [DedupKind::Likeness]);
    assert_eq!(kinds(None, false), []);
    assert_eq!(kinds(Some(UUID), false), [DedupKind::Key]);
}

#[test]
fn one_picture_under_two_words_is_one_picture() {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    let rule = HashedPictures::new(&signer, &fashn::image::AnyImage);
    let placeholder = |word: &str| {
        let image = Image::read(format!("data:{word};base64,AAAA").into()).expect("a picture");
        match rule.accept(Role::Person, image).expect("accepted") {
            Image::Data(data) => data.placeholder().map(str::to_owned),
            Image::Url(_) => None,
        }
    };
    for word in ["image/jpg", "image/png", "IMAGE/JPEG", "image/x"] {
        assert_eq!(placeholder(word), placeholder("image/jpeg"), "{word}");
    }
}
