//! Web origins: of callers, of FASHN, and the gateway's own.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::http::hosts::{self, HostPattern};

/// Scheme, host and port, normalised as browsers do: `https://shop.example`,
/// `http://127.0.0.1:8787`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin as a merchant writes it or a browser sends it, or says what is wrong with
    /// it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(origin) = Self::plain(text) {
            return Ok(origin);
        }
        let url =
            Url::parse(text.trim()).map_err(|_| "is not an origin such as https://shop.example")?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https://");
        }
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || has_user(&url) {
            return Err("must be scheme, host and port alone, without a path, query or user");
        }
        if !is_confidential(&url) {
            return Err("must begin with https:// (http:// is for 127.0.0.1 and localhost only)");
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

    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// Where a request was sent to, as the platform says.
    pub fn of_this(text: &str) -> Self {
        let parsed = || Url::parse(text).map(|url| Self::of(&url)).ok();
        Self::plain(text).or_else(parsed).unwrap_or_else(|| Self(text.to_owned()))
    }

    pub fn is_this_machine(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Origins as a merchant writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginPattern {
    /// `https://shop.example`
    One(Origin),
    /// `https://*.shop.example`: each below it, however deep, by https at the usual port, and not
    /// itself.
    Below(HostPattern),
}

impl OriginPattern {
    /// Reads one, or says what is wrong with it. Of names below which strangers get theirs, the
    /// common ones are known: `*.com`, `*.co.uk`, `*.myshopify.com`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const STAR: &str = "must be a name of your own after the star, as https://*.shop.example";
        let Some(name) = text.trim().strip_prefix("https://*.") else {
            let origin = Origin::parse(text)?;
            // Elsewhere the URL parser takes a star for a letter.
            return if origin.0.contains('*') { Err(STAR) } else { Ok(Self::One(origin)) };
        };
        if is_shared(&name.to_ascii_lowercase()) {
            return Err(STAR);
        }
        HostPattern::parse(&["*.", name].concat()).map(Self::Below).map_err(|_| STAR)
    }

    pub fn covers(&self, origin: &Origin) -> bool {
        match self {
            Self::One(one) => one == origin,
            Self::Below(hosts) => {
                origin.0.strip_prefix("https://").is_some_and(|host| hosts.covers(host))
            }
        }
    }

    /// Whether there is an origin that both cover.
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
            Self::Below(hosts) => write!(out, "https://{hosts}"),
        }
    }
}

/// A name below which strangers have their own: a country's second level, or a host of many shops
/// and pages. Not all that there are: the whole list (publicsuffix.org) is a quarter of a megabyte.
fn is_shared(name: &str) -> bool {
    const HOSTS_OF_MANY: &str = "myshopify.com shopifypreview.com mybigcommerce.com wordpress.com \
        github.io workers.dev pages.dev vercel.app netlify.app herokuapp.com";
    const SECOND_LEVELS: [&str; 7] = ["co", "com", "net", "org", "ne", "or", "gov"];
    let of_a_country = name
        .split_once('.')
        .is_some_and(|(second, top)| top.len() == 2 && SECOND_LEVELS.contains(&second));
    of_a_country || HOSTS_OF_MANY.split(' ').any(|host| host == name)
}

/// What is sent to the address is read by nobody on the way: https, or http on this machine, and no
/// user, as the password would be in each log.
pub fn is_confidential(url: &Url) -> bool {
    (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))) && !has_user(url)
}

pub fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The address is this machine's: plain http can't be listened to there.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
