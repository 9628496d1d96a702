//! Web origins: of callers, of FASHN, and the gateway's own.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use crate::http::hosts::{self, HostPattern};

/// Scheme, host and port, normalised as browsers do: `https://shop.example`,
/// `http://127.0.0.1:8787`.
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
    /// http, and the host isn't this machine.
    #[error("must begin with https:// (http:// is for 127.0.0.1 and localhost only)")]
    Insecure,
    /// There is more than an origin in it.
    #[error("must be scheme, host and port alone, without a path, query or user")]
    More,
    /// It begins with a star and isn't a shop's own name.
    #[error("must be a name of your own after the star, as https://*.shop.example")]
    Star,
}

impl Origin {
    /// Reads an origin as a merchant writes it or a browser sends it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if let Some(origin) = Self::plain(text) {
            return Ok(origin);
        }
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

    /// One that is written as nearly all are and as it stays: `https://`, a name in small letters,
    /// no port. Each request has two of them, and the parser of URLs would be half of what is done
    /// for a small one.
    pub fn plain(text: &str) -> Option<Self> {
        let host = text.strip_prefix("https://")?;
        hosts::is_plain(host).then(|| Self(text.to_owned()))
    }

    /// The origin of an address.
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// Where a request was sent to, as the platform says.
    pub fn of_this(text: &str) -> Self {
        Self::plain(text).unwrap_or_else(|| match Url::parse(text) {
            Ok(url) => Self::of(&url),
            Err(_) => Self(text.to_owned()),
        })
    }

    /// It is this machine's, which no other can reach.
    pub fn is_this_machine(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// As the `Origin` header has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Origins as a merchant writes them: `https://shop.example` is that one, `https://*.shop.example`
/// each below it, however deep, and not itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginPattern {
    /// This one.
    One(Origin),
    /// All with a host that this covers, by https at the usual port.
    Below(HostPattern),
}

impl OriginPattern {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it. Of names below which strangers get theirs, the common ones are known:
    /// `*.com`, `*.co.uk`, `*.myshopify.com`.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let Some(name) = text.trim().strip_prefix("https://*.") else {
            // Elsewhere the URL parser takes a star for a letter.
            return match Origin::parse(text) {
                Ok(origin) if origin.0.contains('*') => Err(OriginError::Star),
                read => read.map(Self::One),
            };
        };
        if is_shared(&name.to_ascii_lowercase()) {
            return Err(OriginError::Star);
        }
        HostPattern::parse(&["*.", name].concat()).map(Self::Below).map_err(|_| OriginError::Star)
    }

    /// Whether this origin is meant.
    pub fn covers(&self, origin: &Origin) -> bool {
        match self {
            Self::One(one) => one == origin,
            Self::Below(hosts) => {
                origin.0.strip_prefix("https://").is_some_and(|host| hosts.covers(host))
            }
        }
    }

    /// Whether there is an origin that both mean.
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(one), pattern) | (pattern, Self::One(one)) => pattern.covers(one),
            (Self::Below(one), Self::Below(other)) => one.meets(other),
        }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(origin) => origin.fmt(out),
            Self::Below(hosts) => {
                out.write_str("https://")?;
                hosts.fmt(out)
            }
        }
    }
}

/// A name below which strangers have their own: a country's second level, or a host of many shops
/// and pages. Not all that there are: the whole list (publicsuffix.org) is a quarter of a megabyte.
fn is_shared(name: &str) -> bool {
    const HOSTS_OF_MANY: [&str; 10] = [
        "myshopify.com",
        "shopifypreview.com",
        "mybigcommerce.com",
        "wordpress.com",
        "github.io",
        "workers.dev",
        "pages.dev",
        "vercel.app",
        "netlify.app",
        "herokuapp.com",
    ];
    const SECOND_LEVELS: [&str; 7] = ["co", "com", "net", "org", "ne", "or", "gov"];
    let of_a_country = name
        .split_once('.')
        .is_some_and(|(second, top)| top.len() == 2 && SECOND_LEVELS.contains(&second));
    of_a_country || HOSTS_OF_MANY.contains(&name)
}

/// The address is this machine's: plain http can't be listened to there.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
