use super::*;
use crate::auth::secret::Secret;

fn queries(visitor: &str, key: Option<&str>, may_join: bool, body: &str) -> Vec<DedupQuery> {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    let key = key.map(|key| IdempotencyKey::parse(key).expect("a key"));
    dedup_queries(&signer, &Visitor(visitor.into()), key.as_ref(), may_join, body)
}

#[test]
fn equal_inputs_of_one_visitor_have_one_name_and_no_others_have_it() {
    let name = |visitor, body| queries(visitor, None, true, body)[0].name.clone();
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
    insta::assert_snapshot!(hash("one", "AAAA"), @"tOAAkEWCCZ4");
}

#[test]
fn a_key_has_one_name_whatever_is_asked_and_tells_the_bodies_apart() {
    let shirt = &queries("ann", Some("k-1"), true, "shirt")[0];
    let dress = &queries("ann", Some("\"k-1\""), true, "skirt")[0];
    assert_eq!((&shirt.name, shirt.kind), (&dress.name, DedupKind::Key));
    assert_ne!(shirt.fingerprint, dress.fingerprint);
    assert_ne!(queries("bob", Some("k-1"), true, "shirt")[0].name, shirt.name);
}

#[test]
fn a_key_counts_before_likeness() {
    let kinds = |key, may_join| -> Vec<_> {
        let queries = queries("ann", key, may_join, "shirt");
        queries.iter().map(|query| query.kind).collect()
    };
    assert_eq!(kinds(Some("k"), true), [DedupKind::Key, DedupKind::Likeness]);
    assert_eq!(kinds(Some("k"), false), [DedupKind::Key]);
    assert_eq!(kinds(None, true), [DedupKind::Likeness]);
}

#[test]
fn without_a_key_and_with_joining_forbidden_a_run_repeats_nothing() {
    assert_eq!(queries("ann", None, false, "shirt"), []);
}

#[test]
fn another_text_than_a_key_is_a_fault_of_the_header() {
    for good in ["8e03978e-40d5-43dd-bc93-6894a57f9324", "\"a b\"".replace(' ', "-").as_str(), "x"]
    {
        assert!(IdempotencyKey::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "\"\"", "   ", "a b", "ä", "a\"b", &"x".repeat(256)] {
        let Err(RequestError::Fields(faults)) = IdempotencyKey::parse(bad) else { panic!("{bad}") };
        assert_eq!(faults[0].path, "Idempotency-Key");
    }
}
