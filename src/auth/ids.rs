//! Ids and webhook tokens: minted here, and known again without asking storage.
//!
//! ```text
//! ticket = created_seconds (4 bytes) ‖ batch (1 byte) ‖ random (11 bytes)          the first five name the Prediction object
//! id     = base64url(ticket ‖ HMAC-SHA256(secret, "id" ‖ 0 ‖ ticket)[..16])       43 characters
//! token  = base64url(ticket ‖ HMAC-SHA256(secret, "webhook" ‖ 0 ‖ ticket)[..16])  43 characters
//! ```
//!
//! Who holds the id cannot make the token and the other way round: the shopper's browser never learns the
//! address that FASHN calls. 88 random bits tell runs of one second apart; 128 bits of the MAC guard the ticket.

use std::fmt;
use std::num::NonZeroU8;

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::auth::secret::Secret;
use crate::config::limits;

const TICKET_BYTES: usize = 16;
/// So many bytes of an HMAC guard what is signed.
pub(crate) const MAC_BYTES: usize = 16;

/// One prediction of this gateway. Stored, it is its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ticket([u8; TICKET_BYTES]);

/// What a shopper or staff member counts for: an opaque pseudonym, never an address or a name.
/// Staff are one visitor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Visitor(pub String);

/// Where an account's objects and data live.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Jurisdiction {
    /// Anywhere.
    #[default]
    Global,
    /// The European Union alone.
    Eu,
}

/// What a browser or an SDK holds to look a prediction up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PredictionId(String);

/// What FASHN's webhook carries in its path. It can't be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookToken(String);

impl Ticket {
    /// A new ticket from the time and fresh randomness.
    #[must_use]
    pub fn mint(now_ms: u64, random: [u8; 12]) -> Self {
        let seconds = u32::try_from(now_ms / 1_000)
            .unwrap_or(u32::MAX)
            .to_be_bytes();
        let mut bytes = [0; TICKET_BYTES];
        let (head, tail) = bytes.split_at_mut(seconds.len());
        head.copy_from_slice(&seconds);
        tail.copy_from_slice(&random);
        Self(bytes)
    }

    /// When it was minted, in milliseconds since 1970, to the second.
    #[must_use]
    pub fn created_ms(&self) -> u64 {
        let [a, b, c, d, ..] = self.0;
        u64::from(u32::from_be_bytes([a, b, c, d])) * 1_000
    }

    /// The same in one of so many batches of its time ([`crate::batch`]); it was in one of 256.
    #[must_use]
    pub fn in_one_of(mut self, batches: NonZeroU8) -> Self {
        let [_, _, _, _, batch, ..] = &mut self.0;
        *batch %= batches.get();
        self
    }

    /// Its name: what it is stored under.
    #[must_use]
    pub fn name(&self) -> String {
        BASE64URL.encode_to_string(self.0)
    }

    /// The name of the Prediction object that it is in, with others of its batch.
    #[must_use]
    pub fn object_name(&self) -> String {
        let [a, b, c, d, batch, ..] = self.0;
        let span = u32::from_be_bytes([a, b, c, d]) / limits::BATCH_SECONDS;
        let [a, b, c, d] = span.to_be_bytes();
        BASE64URL.encode_to_string([a, b, c, d, batch])
    }
}

impl From<Ticket> for String {
    fn from(ticket: Ticket) -> Self {
        ticket.name()
    }
}

impl TryFrom<String> for Ticket {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        BASE64URL
            .decode_to_vec(&name)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or("is no ticket's name")
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ticket({})", self.name())
    }
}

impl PredictionId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ticket in an id that was minted or verified here before: one out of our own storage. No signature is checked.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        let bytes = BASE64URL.decode_to_vec(&self.0).ok()?;
        bytes.get(..TICKET_BYTES)?.try_into().ok().map(Ticket)
    }
}

impl WebhookToken {
    /// The token as text, for the webhook's address alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[webhook token]")
    }
}

/// Mints ids and tokens with one secret, and verifies them with it or with the one before it.
pub struct Signer {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

impl Signer {
    /// A signer with the operator's secret.
    #[must_use]
    pub fn new(secret: &Secret) -> Option<Self> {
        Some(Self {
            current: keyed(secret)?,
            previous: None,
        })
    }

    /// The same signer, which also knows what the secret before this one signed.
    #[must_use]
    pub fn also_knowing(self, previous: &Secret) -> Option<Self> {
        Some(Self {
            previous: Some(keyed(previous)?),
            ..self
        })
    }

    /// The id of a ticket.
    #[must_use]
    pub fn id(&self, ticket: &Ticket) -> PredictionId {
        PredictionId(self.seal(Purpose::Id, ticket))
    }

    /// The webhook token of a ticket.
    #[must_use]
    pub fn webhook_token(&self, ticket: &Ticket) -> WebhookToken {
        WebhookToken(self.seal(Purpose::Webhook, ticket))
    }

    /// The ticket of an id that this secret signed.
    #[must_use]
    pub fn verify_id(&self, id: &str) -> Option<Ticket> {
        self.open(Purpose::Id, id)
    }

    /// The ticket of a webhook token that this secret signed.
    #[must_use]
    pub fn verify_webhook_token(&self, token: &str) -> Option<Ticket> {
        self.open(Purpose::Webhook, token)
    }

    /// The MAC of anything else that is signed here.
    pub(crate) fn mac_of(&self, purpose: Purpose, message: &[u8]) -> [u8; MAC_BYTES] {
        let mac = mac(&self.current, purpose, message).finalize().into_bytes();
        let mut head = [0; MAC_BYTES];
        head.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
        head
    }

    /// Whether a MAC is this message's. Compares in constant time.
    pub(crate) fn knows(&self, purpose: Purpose, message: &[u8], told: &[u8]) -> bool {
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .any(|key| {
                told.len() == MAC_BYTES
                    && mac(key, purpose, message)
                        .verify_truncated_left(told)
                        .is_ok()
            })
    }

    fn seal(&self, purpose: Purpose, ticket: &Ticket) -> String {
        let mac = self.mac_of(purpose, &ticket.0);
        BASE64URL.encode_to_string([ticket.0, mac].concat())
    }

    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Ticket> {
        let bytes = BASE64URL.decode_to_vec(sealed).ok()?;
        let bytes: [u8; TICKET_BYTES + MAC_BYTES] = bytes.try_into().ok()?;
        let (ticket, mac) = bytes.split_at(TICKET_BYTES);
        self.knows(purpose, ticket, mac)
            .then(|| ticket.try_into().ok().map(Ticket))?
    }
}

/// HMAC takes a key of any length; the error is the crate's general one.
fn keyed(secret: &Secret) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(secret.reveal().as_bytes()).ok()
}

fn mac(key: &Hmac<Sha256>, purpose: Purpose, message: &[u8]) -> Hmac<Sha256> {
    key.clone()
        .chain_update(purpose.label())
        .chain_update([0])
        .chain_update(message)
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[signer]")
    }
}

/// What a MAC is for: one purpose's is no other's.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// An id.
    Id,
    /// A webhook's token.
    Webhook,
    /// A visitor's pseudonym.
    Visitor,
    /// A visitor's token.
    VisitorToken,
    /// One question about a challenge.
    Challenge,
    /// What a run is found again by: its caller's key, or all that it asks for.
    Repeat,
    /// All that a run asks for.
    Fingerprint,
    /// The seed of what stands for a picture in that.
    Mark,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Id => b"id",
            Self::Webhook => b"webhook",
            Self::Visitor => b"visitor",
            Self::VisitorToken => b"token",
            Self::Challenge => b"challenge",
            Self::Repeat => b"repeat",
            Self::Fingerprint => b"fingerprint",
            Self::Mark => b"mark",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer(secret: &str) -> Signer {
        Signer::new(&Secret::new(secret.into())).expect("any key is taken")
    }

    #[test]
    fn an_id_is_pinned_so_that_a_new_release_knows_the_old_ones() {
        let ticket = Ticket::mint(1_763_670_000_123, *b"twelve bytes");
        let signer = signer("0123456789abcdef0123456789abcdef");
        insta::assert_snapshot!(signer.id(&ticket).as_str(), @r#"aR938HR3ZWx2ZSBieXRlc5DQDQXp627r9Y4fv5RLHWY"#);
        insta::assert_snapshot!(signer.webhook_token(&ticket).reveal(), @r#"aR938HR3ZWx2ZSBieXRlc0k0cMCcug6q6B6RCMwJmek"#);
        insta::assert_snapshot!(ticket.name(), @r#"aR938HR3ZWx2ZSBieXRlcw"#);
        insta::assert_snapshot!(ticket.object_name(), @"AaR933Q");
    }

    #[test]
    fn runs_of_one_span_and_batch_share_an_object() {
        let span_ms = u64::from(limits::BATCH_SECONDS) * 1_000;
        let object = |now_ms, batch, batches| {
            let mut random = [9; 12];
            random[0] = batch;
            let batches = NonZeroU8::new(batches).expect("not zero");
            Ticket::mint(now_ms, random)
                .in_one_of(batches)
                .object_name()
        };
        let first = object(10 * span_ms, 0, 4);
        assert_eq!(object(11 * span_ms - 1, 4, 4), first);
        assert_eq!(object(11 * span_ms - 1, 200, 1), first);
        assert_ne!(object(11 * span_ms, 0, 4), first);
        assert_ne!(object(10 * span_ms, 1, 4), first);
    }

    #[test]
    fn a_token_is_no_id_and_an_id_is_no_token() {
        let signer = signer("secret");
        let ticket = Ticket::mint(1_000, [7; 12]);
        assert_eq!(
            signer.verify_id(signer.webhook_token(&ticket).reveal()),
            None
        );
        assert_eq!(
            signer.verify_webhook_token(signer.id(&ticket).as_str()),
            None
        );
    }

    #[test]
    fn another_secret_knows_nothing_of_it() {
        let ticket = Ticket::mint(1_000, [7; 12]);
        assert_eq!(
            signer("one").verify_id(signer("other").id(&ticket).as_str()),
            None
        );
    }

    #[test]
    fn after_a_change_the_new_secret_signs_and_the_previous_one_s_ids_and_tokens_are_still_known() {
        let ticket = Ticket::mint(1_000, [7; 12]);
        let old = signer("old");
        let rotated = signer("new")
            .also_knowing(&Secret::new("old".into()))
            .expect("any key is taken");
        assert_eq!(rotated.verify_id(old.id(&ticket).as_str()), Some(ticket));
        let token = old.webhook_token(&ticket);
        assert_eq!(rotated.verify_webhook_token(token.reveal()), Some(ticket));
        assert_eq!(rotated.verify_id(token.reveal()), None);
        assert_eq!(rotated.id(&ticket), signer("new").id(&ticket));
        assert_eq!(
            rotated.verify_id(signer("older").id(&ticket).as_str()),
            None
        );
    }

    proptest! {
        #[test]
        fn what_was_minted_is_known_again(now_ms in 0_u64..4_000_000_000_000, random: [u8; 12]) {
            let signer = signer("secret");
            let ticket = Ticket::mint(now_ms, random);
            prop_assert_eq!(signer.verify_id(signer.id(&ticket).as_str()), Some(ticket));
            prop_assert_eq!(signer.verify_webhook_token(signer.webhook_token(&ticket).reveal()), Some(ticket));
            prop_assert_eq!(ticket.created_ms(), now_ms / 1_000 * 1_000);
        }

        #[test]
        fn one_changed_character_is_a_forgery(random: [u8; 12], at in 0_usize..43, to in "[A-Za-z0-9_-]") {
            let signer = signer("secret");
            let id = signer.id(&Ticket::mint(1_000, random)).0;
            let mut forged = id.clone();
            forged.replace_range(at..=at, &to);
            prop_assume!(forged != id);
            prop_assert_eq!(signer.verify_id(&forged), None);
        }

        #[test]
        fn no_text_breaks_it(text in ".*") {
            prop_assert_eq!(signer("secret").verify_id(&text), None);
        }
    }
}
