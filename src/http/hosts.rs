//! Hosts that a merchant allows pictures to come from.

use std::fmt;

use thiserror::Error;
use url::Url;

/// One host as a merchant writes it: `cdn.shopify.com` is that name alone, `*.shop.example` every
/// name below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    below: bool,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("is not a host such as cdn.shopify.com or *.shop.example")]
pub struct NoHost;

impl HostPattern {
    /// Reads a host: a public DNS name in ASCII, nothing before or after it. Names beyond ASCII are
    /// written as browsers send them, in punycode. An address, a numeric host, a port or a lone `*`
    /// is no host.
    pub fn parse(text: &str) -> Result<Self, NoHost> {
        let (below, name) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
        let name = name.to_ascii_lowercase();
        // What the URL parser makes of the name must be the name: so it compares with a parsed
        // address's host.
        let stays = |parsed: &Url| parsed.domain() == Some(&*name) && parsed.path() == "/";
        let is_domain = is_plain(&name)
            || Url::parse(&format!("https://{name}/")).is_ok_and(|parsed| stays(&parsed));
        (is_domain && is_public(&name) && !name.contains('*') && !name.ends_with('.'))
            .then_some(Self { name, below })
            .ok_or(NoHost)
    }

    /// Whether the host of an address, as the URL parser wrote it, is meant.
    pub fn covers(&self, host: &str) -> bool {
        if self.below {
            host.strip_suffix(&*self.name)
                .is_some_and(|front| front.len() > 1 && front.ends_with('.'))
        } else {
            host == self.name
        }
    }

    /// Whether there is a host that both cover.
    pub fn meets(&self, other: &Self) -> bool {
        self == other || self.covers(&other.name) || other.covers(&self.name)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.below { "*." } else { "" })?;
        out.write_str(&self.name)
    }
}

/// A name in small letters, as nearly all are written, which the URL parser leaves as it is. That
/// parser is large: an isolate that starts would compile it before its first answer.
pub fn is_plain(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with("xn--")
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    // What ends in a number is an address.
    let last = host.rsplit('.').next().unwrap_or_default();
    last.starts_with(|first: char| first.is_ascii_lowercase()) && host.split('.').all(is_label)
}

/// A name that the public DNS may know. Special-use names are IANA's (RFC 6761, 6762, 8375, 9476).
pub fn is_public(name: &str) -> bool {
    const PRIVATE_ENDS: &str = "localhost local internal intranet lan home corp private home.arpa \
        in-addr.arpa ip6.arpa localdomain onion alt invalid";
    let name = name.strip_suffix('.').unwrap_or(name);
    let ends_with = |end: &str| {
        name.strip_suffix(end).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    name.contains('.')
        && name.split('.').all(|label| !label.is_empty())
        && !PRIVATE_ENDS.split(' ').any(ends_with)
}

#[cfg(test)]
mod tests;
