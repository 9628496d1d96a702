//! FASHN's address.

use std::fmt;

use url::Url;

use crate::http::origin::{Origin, is_confidential};

/// FASHN's address: https, or http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a slash at its end.
    text: String,
    /// To which an output's address is compared.
    pub origin: Origin,
}

impl BaseUrl {
    pub const DEFAULT: &'static str = "https://api.fashn.ai";

    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(origin) = Origin::plain(text) {
            return Ok(Self { text: text.to_owned(), origin });
        }
        let url = Url::parse(text).map_err(|_| "is not an address such as https://api.fashn.ai")?;
        if !is_confidential(&url) || url.query().is_some() || url.fragment().is_some() {
            return Err("must be an https:// address without user and query (http:// is for this \
                        machine only)");
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), origin: Origin::of(&url) })
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self { text: Self::DEFAULT.to_owned(), origin: Origin::of_this(Self::DEFAULT) }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
