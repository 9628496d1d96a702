//! What makes a run the repeat of an earlier one: its caller's `Idempotency-Key` (the IETF draft
//! "The Idempotency-Key HTTP Header Field"), or the same inputs from the same visitor. Seeds are
//! fixed by default, so the same inputs give the same picture.

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use fashn::fields::FieldError;
use fashn::image::{Image, ImageRule, Role};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::auth::ids::{Purpose, Signer, Visitor};
use crate::config::limits;
use crate::request::error::RequestError;
use crate::run::dedup::{DedupKind, DedupName, DedupQuery, Fingerprint};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header: a structured field's string (`"8e03978e"`), or the bare key as many
    /// clients send it.
    pub fn parse(header: &str) -> Result<Self, RequestError> {
        let text = header.trim();
        let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_plain =
            key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        let chars_max = limits::IDEMPOTENCY_KEY_CHARS_MAX;
        if is_plain && (1..=chars_max).contains(&key.len()) {
            return Ok(Self(key.to_owned()));
        }
        let message = format!("must have 1 to {chars_max} visible ASCII characters");
        Err(FieldError::new("Idempotency-Key", message).into())
    }

    /// 8-4-4-4-12 hexadecimal digits, as `crypto.randomUUID()` makes them.
    fn is_uuid(&self) -> bool {
        let groups: Vec<_> = self.0.split('-').collect();
        groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}

/// A rule for pictures that also gives each picture in a request a placeholder, a hash of it: so
/// equal runs are found without writing megabytes. XXH3 takes 0.6 ms for 8 MB in wasm, where
/// `SipHash` takes 2.8 and the platform's SHA-256 9. It isn't collision-resistant once the seed is
/// known, but the seed and the hash never leave memory, and two pictures with one hash would only
/// give a visitor their own earlier run.
pub struct HashedPictures<'r> {
    seed: u64,
    rule: &'r dyn ImageRule,
}

impl<'r> HashedPictures<'r> {
    pub fn new(signer: &Signer, rule: &'r dyn ImageRule) -> Self {
        let mac = signer.mac_of(Purpose::Mark, &[]);
        let seed = mac.last_chunk().map_or(0, |tail| u64::from_be_bytes(*tail));
        Self { seed, rule }
    }
}

impl ImageRule for HashedPictures<'_> {
    fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        Ok(match self.rule.accept(role, image)? {
            Image::Data(data) => {
                let content_hash = xxh3_64_with_seed(data.base64(), self.seed);
                let placeholder = BASE64URL.encode_to_string(content_hash.to_be_bytes());
                Image::Data(data.with_placeholder(placeholder))
            }
            url @ Image::Url(_) => url,
        })
    }
}

/// The fingerprint of a run. Its canonical JSON has a placeholder for each picture.
pub fn fingerprint(signer: &Signer, json: &[u8]) -> Fingerprint {
    let mac = signer.mac_of(Purpose::Fingerprint, json);
    Fingerprint(BASE64URL.encode_to_string(mac))
}

/// The earlier runs that a run may be the repeat of, in the order in which they count.
///
/// A key in the form of a UUID can't be guessed: it names one run of its shop, from any network and
/// on any day. Any other key is its visitor's alone, so that nobody gets an id, or a refusal, by a
/// stranger's short key. Runs of staff are told apart by their keys alone, and so are those that
/// may not `join` another.
pub fn dedup_queries(
    signer: &Signer,
    shop: &str,
    visitor: Option<&Visitor>,
    join: bool,
    key: Option<&IdempotencyKey>,
    fingerprint: &Fingerprint,
) -> Vec<DedupQuery> {
    let query = |kind, parts: [&str; 3]| {
        // No name of a shop and no visitor has a zero byte in it.
        let mac = signer.mac_of(Purpose::Repeat, parts.join("\0").as_bytes());
        let name = DedupName(BASE64URL.encode_to_string(mac));
        DedupQuery { name, kind, fingerprint: fingerprint.clone() }
    };
    let owner = visitor.map_or("staff", |visitor| &visitor.0);
    let by_key = key.map(|key| {
        let parts = if key.is_uuid() { ["uuid", shop, &key.0] } else { ["key", owner, &key.0] };
        query(DedupKind::Key, parts)
    });
    let by_likeness = visitor
        .filter(|_| join)
        .map(|_| query(DedupKind::Likeness, ["same", owner, &fingerprint.0]));
    by_key.into_iter().chain(by_likeness).collect()
}

#[cfg(test)]
mod tests;
