//! A request's body → a run that its caller may ask for, and what the account has to know of it.

use fashn::choice::Choice as _;
use fashn::extracted_body::ExtractedBody;
use fashn::fields::FieldError;
use fashn::models::ExpectedSeconds;
use fashn::value::without_mark;

use crate::account::admission::AdmissionRequest;
use crate::app::authorize::{Authority, RequestContext};
use crate::app::problem::Problem;
use crate::auth::caller::Caller;
use crate::auth::ids::Ticket;
use crate::auth::receipt::{Receipt, is_text_hash};
use crate::config::merchant_webhook::StaffAddresses;
use crate::config::settings::Settings;
use crate::http::request_head::{Header, RequestHead};
use crate::request::error::RequestError;
use crate::request::fingerprint::{HashedPictures, IdempotencyKey, dedup_queries, fingerprint};
use crate::request::images::GatewayPictures;
use crate::request::parse::{BodyKind, Rules, Run, refuse_encoding, webhook_url};
use crate::request::pass_through;
use crate::request::upstream_body::UpstreamBody;
use crate::run::dedup::Fingerprint;
use crate::run::record::{DurationClass, RunSpec};

/// The part of a run request that is judged before its body is read.
pub struct RunHead<'h> {
    kind: BodyKind<'h>,
    key: Option<IdempotencyKey>,
    consent: Option<&'h str>,
    /// SHA-256 of the words that the page showed.
    consent_text: Option<&'h str>,
    /// Where staff want to be told of its end.
    webhook_url: Option<String>,
}

/// A run, and what it will take.
pub struct Intake<B> {
    pub admission: AdmissionRequest,
    /// From its acceptance to its picture, as documented.
    pub expected_seconds: ExpectedSeconds,
    /// What is asked for.
    pub fingerprint: Fingerprint,
    /// Of a shopper's run, where terms are required.
    pub receipt: Option<Receipt>,
    pub body: B,
}

impl<'h> RunHead<'h> {
    pub fn read(
        head: &RequestHead<'h>,
        settings: &Settings,
        caller: &Caller,
    ) -> Result<Self, RequestError> {
        let none = StaffAddresses::default();
        let staff = settings.merchant_webhook.as_ref().map_or(&none, |webhook| &webhook.staff);
        let webhook_url = webhook_url(head.query, caller.is_staff().then_some(staff))?;
        refuse_encoding(head.header(Header::ContentEncoding))?;
        let consent_text = head.header(Header::ConsentText);
        if consent_text.is_some_and(|text| !is_text_hash(text)) {
            let message = "must be a SHA-256 in 64 small hexadecimal digits";
            return Err(FieldError::new("x-consent-text", message).into());
        }
        Ok(Self {
            kind: BodyKind::of(head.header(Header::ContentType))?,
            key: head.header(Header::IdempotencyKey).map(IdempotencyKey::parse).transpose()?,
            consent: head.header(Header::Consent),
            consent_text,
            webhook_url,
        })
    }

    /// The room that a body of so many bytes may need until FASHN has it.
    pub fn room_bytes(&self, body_bytes: usize) -> usize {
        self.kind.room_bytes(body_bytes)
    }

    /// (1) Is it a run that this caller may ask for. (2) What the account has to know. (3) The body
    /// that FASHN gets, by `write`.
    pub fn read_body<B>(
        &self,
        authority: &Authority<'_>,
        context: &RequestContext<'_>,
        ticket: Ticket,
        body: Vec<u8>,
        write: impl FnOnce(&UpstreamBody<'_>) -> B,
    ) -> Result<Intake<B>, Problem> {
        let Authority { settings, signer, own_origin, .. } = *authority;
        let RequestContext { caller, shop, .. } = context;
        // (1)
        let json = self.kind.to_json(body)?;
        let bounds = &settings.pictures;
        let pictures = GatewayPictures { own: own_origin, caller, shop, bounds };
        let is_shopper = !caller.is_staff();
        let terms = settings.consent.as_deref().filter(|_| is_shopper);
        let rules = Rules {
            pictures: &HashedPictures::new(signer, &pictures),
            garments: shop.garment_keys_for(caller),
            policy: is_shopper.then_some(&*shop.policy),
            consent: terms,
            consent_header: self.consent,
        };
        let extracted = ExtractedBody::of(&json);
        let run = match Run::read(&extracted, &rules) {
            // Then it is the name of a model that FASHN's pages don't have so.
            Err(RequestError::Fields(faults)) if !is_shopper => {
                let model = pass_through::model(&extracted, settings.pass_through, faults);
                Err(model.map_err(RequestError::Fields)?)
            }
            read => Ok(read?),
        };
        // (2)
        let canonical_json = run.as_ref().ok().map(Run::canonical_json).transpose();
        let canonical_json = canonical_json
            .map_err(|error| Problem::Internal(format!("a run does not serialise: {error}")))?;
        let came = without_mark(&json);
        let bytes = canonical_json.as_deref().map_or(came, str::as_bytes);
        // With another address, the same inputs under one key are another request.
        let fingerprint = match &self.webhook_url {
            None => fingerprint(signer, bytes),
            Some(url) => fingerprint(signer, &[bytes, url.as_bytes()].concat()),
        };
        let (model, class, credits, expected_seconds, upstream) = match (&run, &canonical_json) {
            (Ok(run), Some(json)) => {
                let inputs = run.inputs();
                let (model, expected) = (inputs.model().name(), inputs.expected_seconds());
                let class = format!("{model}/{}", expected.longest);
                let upstream = UpstreamBody::of(json, inputs);
                (model, class, inputs.credits(), expected, upstream)
            }
            (run, _) => {
                let model = run.as_ref().err().map_or("", |model| model);
                let (class, upstream) =
                    ([model, "/passed"].concat(), UpstreamBody::as_it_came(came));
                let expected = pass_through::EXPECTED_SECONDS;
                (model, class, settings.pass_through, expected, upstream)
            }
        };
        let spec = RunSpec {
            ticket,
            visitor: context.visitor.clone(),
            is_staff: caller.is_staff(),
            shop: settings.shops.name_of(shop).to_owned(),
            class: DurationClass(class),
            model: model.to_owned(),
            credits,
            expected_ms: u64::from(expected_seconds.longest) * 1_000,
            body_bytes: upstream.len_bytes() as u64,
            webhook_url: self.webhook_url.clone(),
            #[cfg(feature = "next-release")]
            note: Some("of the next release".to_owned()),
        };
        let receipt = terms.map(|version| Receipt::of(version, self.consent_text, &spec.ticket));
        let admission = AdmissionRequest {
            consent: receipt.as_ref().map(|receipt| receipt.told(signer)),
            spec,
            networks: context.networks.clone(),
            is_signed_in: caller.is_signed_in(),
            dedup: dedup_queries(
                signer,
                settings.shops.name_of(shop),
                is_shopper.then_some(&context.visitor),
                run.as_ref().is_ok_and(Run::may_join),
                self.key.as_ref(),
                &fingerprint,
            ),
        };
        // (3)
        let body = write(&upstream);
        Ok(Intake { admission, expected_seconds, fingerprint, receipt, body })
    }
}

pub fn mint(
    settings: &Settings,
    context: &RequestContext<'_>,
    now_ms: u64,
    random: [u8; 11],
) -> Ticket {
    let account = settings.account_of(&context.shop.key);
    Ticket::mint(account, now_ms, random)
}
