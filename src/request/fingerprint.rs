//! What makes a run the repeat of an earlier one: its caller's `Idempotency-Key` (the IETF draft "The Idempotency-Key
//! HTTP Header Field"), or that the same visitor asks for the same. Seeds are fixed by default, so the same inputs
//! give the same picture.

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use fashn::fields::Fault;
use fashn::image::{Image, ImageRule, Role};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::app::problem::Problem;
use crate::auth::ids::{Purpose, Signer};
use crate::config::limits;
use crate::dispatcher::{Fingerprint, Repeat, RepeatKind, RepeatName, Visitor};
use crate::prediction::Record;

/// A caller's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header: a structured field's string (`"8e03978e"`), or the bare key as many clients send it.
    ///
    /// # Errors
    /// A fault of `Idempotency-Key`: empty, too long, or with characters that no key has.
    pub fn parse(header: &str) -> Result<Self, Problem> {
        let text = header.trim();
        let key = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        let plain = key
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if !plain || !(1..=limits::IDEMPOTENCY_KEY_CHARS_MAX).contains(&key.len()) {
            return Err(Problem::fault(Fault::new(
                "Idempotency-Key",
                format!(
                    "must have 1 to {} visible ASCII characters",
                    limits::IDEMPOTENCY_KEY_CHARS_MAX
                ),
            )));
        }
        Ok(Self(key.to_owned()))
    }
}

/// A rule for pictures that also gives each picture in a request a mark to stand in its place, a hash of it: so what makes
/// two runs the same is found without writing megabytes. XXH3 takes 0.6 ms for 8 MB in wasm, where `SipHash` takes 2.8 and the
/// platform's SHA-256 9. It is no secret-keeping hash, and a mark never leaves memory; whoever found two pictures of one mark without the
/// seed would be answered with their own earlier run.
pub struct Marked<'r> {
    seed: u64,
    rule: &'r dyn ImageRule,
}

impl<'r> Marked<'r> {
    /// What the rule accepts, with its mark.
    #[must_use]
    pub fn new(signer: &Signer, rule: &'r dyn ImageRule) -> Self {
        let mac = signer.mac_of(Purpose::Mark, &[]);
        let seed = mac.last_chunk().map_or(0, |tail| u64::from_be_bytes(*tail));
        Self { seed, rule }
    }
}

impl ImageRule for Marked<'_> {
    fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        Ok(match self.rule.accept(role, image)? {
            Image::Data(data) => {
                let mark = xxh3_64_with_seed(data.bytes(), self.seed);
                Image::Data(data.standing_in(BASE64URL.encode_to_string(mark.to_be_bytes())))
            }
            url @ Image::Url(_) => url,
        })
    }
}

/// What a run may be the repeat of. `outline` is the run as JSON, a mark in each picture's place.
#[must_use]
pub fn repeats(
    signer: &Signer,
    visitor: &Visitor,
    key: Option<&IdempotencyKey>,
    may_join: bool,
    outline: &str,
    result_ttl_seconds: u64,
) -> Vec<Repeat> {
    let mac = signer.mac_of(Purpose::Fingerprint, outline.as_bytes());
    let print = Fingerprint(BASE64URL.encode_to_string(mac));
    let by_key = key.map(|key| Repeat {
        name: name(signer, "key", visitor, &key.0),
        kind: RepeatKind::Key,
        fingerprint: print.clone(),
        kept_ms: limits::IDEMPOTENCY_KEY_KEPT_MS,
    });
    let by_likeness = may_join.then(|| Repeat {
        name: name(signer, "same", visitor, &print.0),
        kind: RepeatKind::Same,
        fingerprint: print,
        kept_ms: result_ttl_seconds.saturating_mul(1_000),
    });
    by_key.into_iter().chain(by_likeness).collect()
}

/// What an earlier run is to the one that repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// The repeat is answered with its id.
    Answers,
    /// It isn't written, yet or ever: the repeat comes again in a moment. The Dispatcher hears that it is absent.
    UnderWay,
    /// There is nothing left to answer with: the repeat is let in as a run of its own.
    Gone,
}

/// Judges an earlier run by its record, if there is one. `by` and `written` are the Dispatcher's words.
#[must_use]
pub fn judge_earlier(
    record: Option<&Record>,
    by: RepeatKind,
    written: bool,
    now_ms: u64,
) -> Earlier {
    let worth = record.is_some_and(|record| record.is_worth_joining(now_ms));
    match (record, by) {
        (None, _) if !written => Earlier::UnderWay,
        (_, RepeatKind::Same) if written && !worth => Earlier::Gone,
        (_, RepeatKind::Key | RepeatKind::Same) => Earlier::Answers,
    }
}

/// A name that holds all three and tells nothing of them. No visitor has a zero in it.
fn name(signer: &Signer, kind: &str, visitor: &Visitor, of: &str) -> RepeatName {
    let whole = [kind, &visitor.0, of].join("\0");
    let mac = signer.mac_of(Purpose::Repeat, whole.as_bytes());
    RepeatName(BASE64URL.encode_to_string(mac))
}

#[cfg(test)]
mod tests {
    use fashn::error::RuntimeError;

    use super::*;
    use crate::auth::ids::Ticket;
    use crate::auth::secret::Secret;
    use crate::config::shops::KeyName;
    use crate::dispatcher::Reins;
    use crate::prediction::Event;

    fn names(visitor: &str, key: Option<&str>, may_join: bool, body: &str) -> Vec<Repeat> {
        let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
        let key = key.map(|key| IdempotencyKey::parse(key).expect("a key"));
        repeats(
            &signer,
            &Visitor(visitor.into()),
            key.as_ref(),
            may_join,
            body,
            60,
        )
    }

    #[test]
    fn the_same_wish_of_the_same_visitor_has_the_same_name_and_no_other_has() {
        let name = |visitor, body| names(visitor, None, true, body)[0].name.clone();
        assert_eq!(name("ann", "shirt"), name("ann", "shirt"));
        assert_ne!(name("ann", "shirt"), name("bob", "shirt"));
        assert_ne!(name("ann", "shirt"), name("ann", "skirt"));
        assert_ne!(name("ann", "x"), name("an", "nx"));
    }

    #[test]
    fn a_picture_counts_to_its_last_byte() {
        let mark = |secret: &str, data: &str| {
            let signer = Signer::new(&Secret::new(secret.into())).expect("any key is taken");
            let image =
                Image::read(format!("data:image/png;base64,{data}").into()).expect("a picture");
            let rule = Marked::new(&signer, &fashn::image::AnyImage);
            match rule.accept(Role::Person, image).expect("accepted") {
                Image::Data(data) => data.stand_in().expect("a mark").to_owned(),
                Image::Url(_) => panic!("not a picture"),
            }
        };
        let photo = "A".repeat(1 << 20);
        let touched = [&photo[1..], "B"].concat();
        assert_eq!(mark("one", &photo), mark("one", &photo));
        assert_ne!(mark("one", &photo), mark("one", &touched));
        assert_ne!(mark("one", &photo), mark("two", &photo));
        insta::assert_snapshot!(mark("one", "AAAA"), @"tOAAkEWCCZ4");
    }

    #[test]
    fn a_key_has_one_name_whatever_is_asked_and_tells_the_bodies_apart() {
        let shirt = &names("ann", Some("k-1"), true, "shirt")[0];
        let dress = &names("ann", Some("\"k-1\""), true, "skirt")[0];
        assert_eq!((&shirt.name, shirt.kind), (&dress.name, RepeatKind::Key));
        assert_ne!(shirt.fingerprint, dress.fingerprint);
        assert_ne!(names("bob", Some("k-1"), true, "shirt")[0].name, shirt.name);
    }

    #[test]
    fn nobody_is_answered_with_a_run_that_is_not_there_or_shows_nothing() {
        const NOW: u64 = 1_763_670_000_000;
        let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
        let id = signer.id(&Ticket::mint(NOW, [1; 12]));
        let runs = Record::new(id, KeyName::default(), NOW, 5, 600, 3_600).dispatched(
            1,
            Reins::Loose,
            NOW,
        );
        let mut failed = runs.clone();
        let error = RuntimeError {
            name: "PoseError".into(),
            message: String::new(),
        };
        let _ = failed.step(Event::Rejected { attempt: 1, error }, NOW);
        let (key, same) = (RepeatKind::Key, RepeatKind::Same);
        for (record, by, written, judged) in [
            (None, key, false, Earlier::UnderWay),
            (None, same, false, Earlier::UnderWay),
            (None, same, true, Earlier::Gone),
            (None, key, true, Earlier::Answers),
            (Some(&runs), key, true, Earlier::Answers),
            (Some(&runs), same, true, Earlier::Answers),
            (Some(&runs), same, false, Earlier::Answers),
            (Some(&failed), same, true, Earlier::Gone),
            (Some(&failed), same, false, Earlier::Answers),
            (Some(&failed), key, true, Earlier::Answers),
        ] {
            assert_eq!(
                judge_earlier(record, by, written, NOW),
                judged,
                "{record:?} {by:?} {written}"
            );
        }
    }

    #[test]
    fn a_key_counts_before_likeness() {
        let kinds = |key, may_join| -> Vec<_> {
            let repeats = names("ann", key, may_join, "shirt");
            repeats.iter().map(|repeat| repeat.kind).collect()
        };
        assert_eq!(kinds(Some("k"), true), [RepeatKind::Key, RepeatKind::Same]);
        assert_eq!(kinds(Some("k"), false), [RepeatKind::Key]);
        assert_eq!(kinds(None, true), [RepeatKind::Same]);
    }

    #[test]
    fn who_wants_a_run_of_their_own_gets_one() {
        assert_eq!(names("ann", None, false, "shirt"), []);
    }

    #[test]
    fn what_is_no_key_is_a_fault_of_the_header() {
        for good in [
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
            "\"a b\"".replace(' ', "-").as_str(),
            "x",
        ] {
            assert!(IdempotencyKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "\"\"", "   ", "a b", "ä", "a\"b", &"x".repeat(256)] {
            let Err(Problem::Faults(faults)) = IdempotencyKey::parse(bad) else {
                panic!("{bad}")
            };
            assert_eq!(faults[0].path, "Idempotency-Key");
        }
    }
}
