//! A request's body → a [`Run`] that is valid and that the caller may ask for.

use std::borrow::Cow;

use fashn::body::Body;
use fashn::fields::Fault;
use fashn::image::ImageRule;
use fashn::models::Inputs;
use fashn::skeleton::Skeleton;
use fashn::value::Value;
use serde::Serialize;

use crate::app::problem::Problem;
use crate::auth::caller::Caller;
use crate::auth::garment_signature::{GarmentKeys, SignedGarments};
use crate::config::policy::{Policy, Refusal};
use crate::http::multipart;

/// One run, valid to the field. As JSON it is the body that FASHN gets: known fields, and nothing else. Pictures that have
/// a stand-in ([`crate::request::fingerprint::Marked`]) are written as that.
#[derive(Debug, Serialize)]
pub struct Run<'a> {
    model_name: fashn::models::Model,
    inputs: Inputs<'a>,
    /// May an equal run of the same visitor be answered in its place. For FASHN it says nothing.
    #[serde(skip)]
    cache: bool,
    /// What stood beside them as `consent`; it isn't FASHN's.
    #[serde(skip)]
    consent: Option<Cow<'a, str>>,
}

/// The header that may say what the shopper has agreed to, as the body's `consent` may.
pub const CONSENT_HEADER: &str = "x-consent";

impl<'a> Run<'a> {
    /// Reads a run from a body without its large pictures. With `garments` its product picture must be signed by one of these keys, as
    /// `garment_signature` beside the inputs says.
    ///
    /// # Errors
    /// [`Problem::Faults`] with every fault there is.
    pub fn read(
        body: &'a Skeleton<'a>,
        pictures: &dyn ImageRule,
        garments: Option<&GarmentKeys>,
    ) -> Result<Self, Problem> {
        let mut body = Body::of(body).map_err(Problem::fault)?;
        let mut faults = Vec::new();
        let mut consent = None;
        let mut signature = None;
        let mut cache = true;
        for (name, value) in std::mem::take(&mut body.beside) {
            match (&*name, value) {
                ("consent", Value::String(text)) => consent = Some(text),
                ("garment_signature", Value::String(text)) => signature = Some(text),
                ("cache", Value::Bool(wish)) => cache = wish,
                ("cache", _) => faults.push(Fault::new("cache", "must be true or false")),
                _ => {}
            }
        }
        let read = match garments {
            None => body.read(pictures),
            Some(keys) => body.read(&SignedGarments {
                keys,
                signature: signature.as_deref(),
                pictures,
            }),
        };
        match read {
            Ok(inputs) if faults.is_empty() => Ok(Self {
                model_name: inputs.model(),
                inputs,
                cache,
                consent,
            }),
            Ok(_) => Err(Problem::Faults(faults)),
            Err(more) => {
                faults.extend(more);
                Err(Problem::Faults(faults))
            }
        }
    }

    /// A shopper's run must say that the shopper has agreed to the terms that hold now, by the header or the field.
    ///
    /// # Errors
    /// [`Problem::Faults`] at `consent`.
    pub fn require_consent(
        &self,
        caller: &Caller,
        required: Option<&str>,
        header: Option<&str>,
    ) -> Result<(), Problem> {
        match (caller, required) {
            (Caller::Staff, _) | (_, None) => Ok(()),
            (Caller::Storefront(_) | Caller::Shopify(_), Some(required)) => {
                if header.or(self.consent.as_deref()) == Some(required) {
                    return Ok(());
                }
                let message = format!(
                    "must be {required}: ask the shopper to agree to the terms of that version first"
                );
                Err(Problem::fault(Fault::new("consent", message)))
            }
        }
    }

    /// Binds the run to the merchant's policy, if its caller is.
    ///
    /// # Errors
    /// [`Problem::Faults`] with everything that isn't offered; [`Problem::Internal`] for a policy that doesn't fit.
    pub fn bind(&mut self, caller: &Caller, policy: &Policy) -> Result<(), Problem> {
        match caller {
            Caller::Staff => Ok(()),
            Caller::Storefront(_) | Caller::Shopify(_) => {
                policy.offers(self.model_name).map_err(Problem::fault)?;
                policy
                    .apply(&mut self.inputs)
                    .map_err(|refusal| match refusal {
                        Refusal::Faults(faults) => Problem::Faults(faults),
                        Refusal::Misfit(misfit) => Problem::Internal(misfit.to_string()),
                    })
            }
        }
    }

    /// An equal run of the same visitor may be answered in its place: always, unless staff say otherwise.
    #[must_use]
    pub fn may_join(&self, caller: &Caller) -> bool {
        match caller {
            Caller::Staff => self.cache,
            Caller::Storefront(_) | Caller::Shopify(_) => true,
        }
    }

    /// The inputs.
    #[must_use]
    pub fn inputs(&self) -> &Inputs<'a> {
        &self.inputs
    }

    /// As JSON.
    ///
    /// # Errors
    /// Never in practice: strings and numbers always serialise.
    pub fn to_json(&self) -> Result<String, Problem> {
        serde_json::to_string(self)
            .map_err(|error| Problem::Internal(format!("run does not serialise: {error}")))
    }
}

/// FASHN takes a `webhook_url` in the query. Here it is the gateway's own: anybody else's would be told the result.
///
/// # Errors
/// [`Problem::Faults`] at `webhook_url`.
pub fn refuse_webhook(query: Option<&str>) -> Result<(), Problem> {
    let names = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    for (name, _) in names {
        if name.eq_ignore_ascii_case("webhook_url") {
            let message = "is set by the gateway itself: leave it out, and look the status up";
            return Err(Problem::fault(Fault::new("webhook_url", message)));
        }
    }
    Ok(())
}

/// What a body is, by its `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind<'h> {
    /// FASHN's JSON.
    Json,
    /// A form with pictures as files.
    Form {
        /// What stands between its parts.
        boundary: &'h str,
    },
}

impl<'h> BodyKind<'h> {
    /// Reads the header. A page of any origin may send a form without asking first, and says its origin all the same.
    ///
    /// # Errors
    /// [`Problem::MediaType`].
    pub fn of(content_type: Option<&'h str>) -> Result<Self, Problem> {
        let content_type = content_type.unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default();
        if media_type.trim().eq_ignore_ascii_case("application/json") {
            return Ok(Self::Json);
        }
        match multipart::boundary(content_type) {
            Some(boundary) => Ok(Self::Form { boundary }),
            None => Err(Problem::MediaType),
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Problem::Faults`] for a form that is none.
    pub fn into_json(self, body: Vec<u8>) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Json => Ok(body),
            Self::Form { boundary } => multipart::to_json(&body, boundary).map_err(Problem::fault),
        }
    }
}

/// Refuses a body by the length it declares, before a byte of it is read.
///
/// # Errors
/// [`Problem::TooLarge`], or a fault for a length that is no number.
pub fn require_length(
    content_length: Option<&str>,
    limit_bytes: usize,
) -> Result<Option<usize>, Problem> {
    let Some(text) = content_length else {
        return Ok(None);
    };
    let length = text
        .trim()
        .parse::<usize>()
        .map_err(|_| Problem::fault(Fault::new("body", "has a broken Content-Length")))?;
    if length > limit_bytes {
        Err(Problem::TooLarge { limit_bytes })
    } else {
        Ok(Some(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fashn::image::AnyImage;

    fn read(body: &str) -> Result<String, Vec<(String, String)>> {
        match Run::read(&Skeleton::of(body.as_bytes()), &AnyImage, None) {
            Ok(run) => Ok(run.to_json().expect("serialises")),
            Err(Problem::Faults(faults)) => Err(faults
                .into_iter()
                .map(|fault| (fault.path, fault.message))
                .collect()),
            Err(other) => panic!("not faults: {other}"),
        }
    }

    #[test]
    fn fashn_gets_the_known_fields_and_nothing_else() {
        let body = r#"{"timeout":300,"model_name":"tryon-v1.6","inputs":{"garment_image":"https:\/\/a.example\/g.jpg",
            "model_image":"https://a.example/m.jpg","seed":7.0,"mode":"quality","category":null},"pollInterval":1}"#;
        insta::assert_snapshot!(read(body).expect("reads"), @r#"{"model_name":"tryon-v1.6","inputs":{"model_image":"https://a.example/m.jpg","garment_image":"https://a.example/g.jpg","mode":"quality","seed":7}}"#);
    }

    #[test]
    fn all_faults_are_told_at_once_with_their_paths() {
        let body = r#"{"model_name":"tryon-v1.6","inputs":{"model_image":7,"garment_images":"https://a.example/g.jpg",
            "category":"hats","seed":4294967296,"num_samples":5,"mode":"balanced","mode":"quality","hat":1}}"#;
        let faults = read(body).expect_err("faulty");
        insta::assert_snapshot!(faults.iter().map(|(path, message)| format!("{path} {message}")).collect::<Vec<_>>().join("\n"), @r#"
inputs.model_image must be a string: an image URL or a data URL, not a number
inputs.garment_image is required
inputs.category must be one of: auto, tops, bottoms, one-pieces
inputs.mode is given twice
inputs.seed must be a whole number from 0 to 4294967295
inputs.num_samples must be a whole number from 1 to 4
inputs.garment_images is not an input of this model; did you mean garment_image?
inputs.hat is not an input of this model; it has: model_image, garment_image, category, segmentation_free, moderation_level, garment_photo_type, mode, seed, num_samples, output_format, return_base64
"#);
    }

    #[test]
    fn what_is_not_a_run_request_at_all_is_told_by_what_is_missing() {
        for (body, told) in [
            ("", "body"),
            ("  \n", "body"),
            ("{", "body"),
            ("[]", "body"),
            ("\"run\"", "body"),
            ("{}", "model_name inputs"),
            (r#"{"model_name":null}"#, "model_name inputs"),
            (r#"{"model_name":["tryon-v1.6"]}"#, "model_name inputs"),
            (r#"{"model_name":"tryon-v9","inputs":{}}"#, "model_name"),
            (
                r#"{"model_name":"tryon-v1.6","model_name":"tryon-v1.6","inputs":{}}"#,
                "model_name",
            ),
            (r#"{"model_name":"tryon-v1.6"}"#, "inputs"),
            (r#"{"model_name":"tryon-v1.6","inputs":[]}"#, "inputs"),
        ] {
            let paths: Vec<_> = read(body)
                .expect_err("faulty")
                .into_iter()
                .map(|(path, _)| path)
                .collect();
            assert_eq!(paths.join(" "), told, "{body}");
        }
    }

    #[test]
    fn a_webhook_of_the_caller_s_own_is_refused_however_it_is_written() {
        for query in [
            "webhook_url=https://evil.example",
            "a=1&webhook_url",
            "%77ebhook_url=x",
            "Webhook_URL=x",
            "webhook%5Furl=x&webhook_url=y",
        ] {
            assert!(refuse_webhook(Some(query)).is_err(), "{query}");
        }
        for query in [None, Some(""), Some("shop=a&webhook=1")] {
            assert!(refuse_webhook(query).is_ok(), "{query:?}");
        }
    }

    #[test]
    fn a_shopper_s_run_says_what_was_agreed_to_where_the_shop_requires_it() {
        let page = Caller::Storefront(
            crate::http::origin::Origin::parse("https://shop.example").expect("an origin"),
        );
        let body = |consent: &str| {
            format!(
                r#"{{{consent}"model_name":"tryon-v1.6","inputs":{{"model_image":"https://a.example/m.jpg","garment_image":"https://a.example/g.jpg"}}}}"#
            )
        };
        let asked = |caller: &Caller, required, consent: &str, header| {
            let body = body(consent);
            let body = Skeleton::of(body.as_bytes());
            let run = Run::read(&body, &AnyImage, None).expect("reads");
            // It doesn't travel on.
            assert!(!run.to_json().expect("serialises").contains("consent"));
            run.require_consent(caller, required, header)
                .map_err(|problem| match problem {
                    Problem::Faults(faults) => {
                        faults.iter().map(|fault| fault.path.clone()).collect()
                    }
                    other => other.to_string(),
                })
        };
        let refused = Err("consent".to_owned());
        let now = Some("2026-03");
        assert_eq!(asked(&page, None, "", None), Ok(()));
        assert_eq!(asked(&page, now, r#""consent":"2026-03","#, None), Ok(()));
        assert_eq!(asked(&page, now, "", now), Ok(()));
        assert_eq!(asked(&Caller::Staff, now, "", None), Ok(()));
        for (field, header) in [
            ("", None),
            ("", Some("")),
            ("", Some("2026-02")),
            (r#""consent":"2026-02","#, None),
            (r#""consent":true,"#, None),
            (r#""consent":null,"#, None),
            (r#""consent":["2026-03"],"#, None),
            (r#""consent":"2026-03","#, Some("2026-02")),
        ] {
            assert_eq!(
                asked(&page, now, field, header),
                refused,
                "{field} {header:?}"
            );
        }
    }

    #[test]
    fn only_json_and_forms_are_read() {
        for json in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON",
        ] {
            assert!(
                matches!(BodyKind::of(Some(json)), Ok(BodyKind::Json)),
                "{json}"
            );
        }
        assert!(matches!(
            BodyKind::of(Some("multipart/form-data; boundary=x")),
            Ok(BodyKind::Form { boundary: "x" })
        ));
        for bad in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/jsonp"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data"),
            Some("multipart/mixed; boundary=x"),
        ] {
            assert!(BodyKind::of(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_declared_length_is_judged_before_the_body_is_read() {
        assert!(matches!(
            require_length(Some("11"), 10),
            Err(Problem::TooLarge { limit_bytes: 10 })
        ));
        assert!(matches!(require_length(Some("10"), 10), Ok(Some(10))));
        assert!(matches!(require_length(None, 10), Ok(None)));
        assert!(matches!(
            require_length(Some("ten"), 10),
            Err(Problem::Faults(_))
        ));
    }
}
