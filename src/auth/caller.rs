//! Who asks: a page of an allowed origin, a Shopify shop's page through its app proxy, or staff.

use crate::app::problem::Problem;
use crate::auth::shopify::{self, Proxied};
use crate::config::settings::Settings;
use crate::http::origin::Origin;

/// Who asks, once it is sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A storefront's page.
    Storefront(Origin),
    /// A Shopify shop's page, through its app proxy.
    Shopify(Proxied),
    /// The merchant's own people and servers, with the staff token.
    Staff,
}

/// What of a request tells who asks.
#[derive(Clone, Copy, Default)]
pub struct Credentials<'h> {
    /// `Origin`; browsers send it on every POST and on every request to another origin.
    pub origin: Option<&'h str>,
    /// The query, if the request came below an app proxy's prefix: Shopify has signed it then.
    pub proxied_query: Option<&'h str>,
    /// `Authorization`; an SDK's `api_key` comes in it.
    pub authorization: Option<&'h str>,
}

/// Decides who asks. A bearer token speaks for itself: with a wrong one nobody is a storefront.
///
/// # Errors
/// [`Problem::WrongToken`], [`Problem::ForeignOrigin`], [`Problem::NoCaller`]; below a proxy's prefix
/// [`Problem::NoProxy`] or [`Problem::NotShopify`].
pub fn identify(
    credentials: Credentials<'_>,
    own: &Origin,
    settings: &Settings,
    now_ms: u64,
) -> Result<Caller, Problem> {
    if let Some(query) = credentials.proxied_query {
        return proxied(query, settings, now_ms).map(Caller::Shopify);
    }
    if let Some(authorization) = credentials.authorization {
        let token = bearer(authorization).ok_or(Problem::WrongToken)?;
        return if settings.is_staff(token) {
            Ok(Caller::Staff)
        } else {
            Err(Problem::WrongToken)
        };
    }
    let origin = credentials.origin.ok_or(Problem::NoCaller)?;
    allowed_origin(origin, own, settings)
        .map(Caller::Storefront)
        .ok_or(Problem::ForeignOrigin)
}

fn proxied(query: &str, settings: &Settings, now_ms: u64) -> Result<Proxied, Problem> {
    let secret = settings.shopify_secret.as_ref().ok_or(Problem::NoProxy)?;
    shopify::verify_proxied(query, secret, now_ms).map_err(Problem::NotShopify)
}

/// The origin, if its pages may ask: the gateway's own, and each shop's.
#[must_use]
pub fn allowed_origin(origin: &str, own: &Origin, settings: &Settings) -> Option<Origin> {
    let origin = Origin::parse(origin).ok()?;
    (origin == *own || settings.shops.have_page(&origin)).then_some(origin)
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::secret::Secret;

    const NOW: u64 = 1_763_670_000_000;

    fn settings() -> Settings {
        Settings::read(&|name| {
            let value = match name {
                "FASHN_API_KEY" => "key",
                "SIGNING_SECRET" => "0123456789abcdef0123456789abcdef",
                "STAFF_TOKEN" => "staff-token-of-the-shop",
                "SHOPIFY_SECRET" => "the-secret-of-the-app",
                "ALLOWED_ORIGINS" => "https://shop.example",
                _ => return None,
            };
            Some(value.to_owned())
        })
        .expect("reads")
    }

    fn ask(origin: Option<&str>, authorization: Option<&str>) -> Result<Caller, String> {
        let own = Origin::parse("https://try.example").expect("an origin");
        identify(
            Credentials {
                origin,
                authorization,
                proxied_query: None,
            },
            &own,
            &settings(),
            NOW,
        )
        .map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_page_of_an_allowed_origin_may_ask_and_so_may_the_gateway_s_own() {
        for origin in [
            "https://shop.example",
            "https://SHOP.example:443",
            "https://try.example",
        ] {
            assert!(
                matches!(ask(Some(origin), None), Ok(Caller::Storefront(_))),
                "{origin}"
            );
        }
    }

    #[test]
    fn any_other_page_may_not() {
        for origin in [
            "https://evil.example",
            "http://shop.example",
            "https://shop.example:8443",
            "https://shop.example.evil.example",
            "null",
            "",
        ] {
            assert_eq!(
                ask(Some(origin), None),
                Err(Problem::ForeignOrigin.to_string()),
                "{origin}"
            );
        }
    }

    #[test]
    fn staff_carry_their_token_whatever_page_they_use() {
        for origin in [None, Some("https://evil.example")] {
            assert_eq!(
                ask(origin, Some("Bearer staff-token-of-the-shop")),
                Ok(Caller::Staff)
            );
        }
        assert_eq!(
            ask(None, Some("bearer  staff-token-of-the-shop")),
            Ok(Caller::Staff)
        );
    }

    #[test]
    fn while_a_token_is_changed_the_new_and_the_previous_one_are_good() {
        let mut settings = settings();
        let previous = Secret::new("the-token-before-this-one".into());
        settings.staff_tokens.push(previous);
        let own = Origin::parse("https://try.example").expect("an origin");
        for (token, is_staff) in [
            ("staff-token-of-the-shop", true),
            ("the-token-before-this-one", true),
            ("the-token-before-that-one", false),
        ] {
            let authorization = format!("Bearer {token}");
            let credentials = Credentials {
                origin: None,
                authorization: Some(&authorization),
                proxied_query: None,
            };
            let asked = identify(credentials, &own, &settings, NOW);
            assert_eq!(matches!(asked, Ok(Caller::Staff)), is_staff, "{token}");
        }
    }

    #[test]
    fn a_wrong_token_is_refused_even_from_an_allowed_page() {
        for authorization in [
            "Bearer wrong",
            "Bearer ",
            "Bearer",
            "Basic staff-token-of-the-shop",
            "staff-token-of-the-shop",
            "",
        ] {
            let asked = ask(Some("https://shop.example"), Some(authorization));
            assert_eq!(
                asked,
                Err(Problem::WrongToken.to_string()),
                "{authorization:?}"
            );
        }
    }

    #[test]
    fn without_an_origin_and_a_token_there_is_nobody() {
        assert_eq!(ask(None, None), Err(Problem::NoCaller.to_string()));
    }

    #[test]
    fn without_a_staff_token_in_the_settings_there_is_no_staff() {
        let mut settings = settings();
        settings.staff_tokens.clear();
        let own = Origin::parse("https://try.example").expect("an origin");
        let credentials = Credentials {
            origin: None,
            authorization: Some("Bearer "),
            proxied_query: None,
        };
        assert!(matches!(
            identify(credentials, &own, &settings, NOW),
            Err(Problem::WrongToken)
        ));
    }

    #[test]
    fn what_comes_through_a_proxy_counts_by_shopify_s_signature_alone() {
        let own = Origin::parse("https://try.example").expect("an origin");
        let credentials = Credentials {
            origin: Some("https://shop.example"),
            authorization: Some("Bearer staff-token-of-the-shop"),
            proxied_query: Some("shop=a.myshopify.com&timestamp=1763670000&signature=00"),
        };
        assert!(matches!(
            identify(credentials, &own, &settings(), NOW),
            Err(Problem::NotShopify(_))
        ));
        let mut without_app = settings();
        without_app.shopify_secret = None;
        assert!(matches!(
            identify(credentials, &own, &without_app, NOW),
            Err(Problem::NoProxy)
        ));
    }
}
