//! Web origins: who calls, who is called, and who we are.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

/// Scheme, host and port, normalised as browsers do: `https://shop.example`, `http://127.0.0.1:8787`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OriginError {
    /// It is no URL at all.
    #[error("is not an origin such as https://shop.example")]
    NotAUrl,
    /// The scheme is neither https nor http.
    #[error("must begin with https://")]
    Scheme,
    /// http, and the host isn't this very machine.
    #[error("must begin with https:// (http:// is for 127.0.0.1 and localhost only)")]
    Insecure,
    /// There is more than an origin in it.
    #[error("must be scheme, host and port alone, without a path, query or user")]
    More,
}

impl Origin {
    /// Reads an origin as a merchant writes it or a browser sends it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text.trim()).map_err(|_| OriginError::NotAUrl)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "https" | "http") {
            return Err(OriginError::Scheme);
        }
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::More);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(OriginError::Insecure);
        }
        Ok(Self::of(&url))
    }

    /// The origin of an address.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// It is this very machine's, which nobody else can reach.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// As the `Origin` header has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The address is this very machine's: where plain http has nobody to listen in.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (given, read) in [
            ("https://shop.example", "https://shop.example"),
            ("https://Shop.Example/", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("https://shop.example:8443", "https://shop.example:8443"),
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
            (" http://localhost:3000 ", "http://localhost:3000"),
            (
                "https://xn--mnchen-3ya.example",
                "https://xn--mnchen-3ya.example",
            ),
        ] {
            assert_eq!(
                Origin::parse(given).map(|origin| origin.0),
                Ok(read.to_owned()),
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_reason() {
        for (given, why) in [
            ("shop.example", OriginError::NotAUrl),
            // Browsers send it in punycode, and so it must be written.
            ("https://münchen.example", OriginError::NotAUrl),
            ("null", OriginError::NotAUrl),
            ("*", OriginError::NotAUrl),
            ("ftp://shop.example", OriginError::Scheme),
            ("http://shop.example", OriginError::Insecure),
            ("https://shop.example/page", OriginError::More),
            ("https://user@shop.example", OriginError::More),
            ("https://shop.example?a", OriginError::More),
        ] {
            assert_eq!(Origin::parse(given), Err(why), "{given}");
        }
    }
}
