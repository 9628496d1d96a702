//! FASHN's address.

use std::fmt;

use url::Url;

use crate::http::origin::{Origin, is_loopback};

/// FASHN's address: https, or http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a slash at its end.
    text: String,
    origin: Origin,
}

impl BaseUrl {
    /// FASHN itself.
    pub const DEFAULT: &'static str = "https://api.fashn.ai";

    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(origin) = Origin::plain(text) {
            let text = text.to_owned();
            return Ok(Self { text, origin });
        }
        let url = Url::parse(text).map_err(|_| "is not an address such as https://api.fashn.ai")?;
        let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_secure || !url.has_host() || !is_bare {
            return Err("must be an https:// address without user and query (http:// is for this \
                        machine only)");
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), origin: Origin::of(&url) })
    }

    /// The origin, to which an output's address is compared.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
