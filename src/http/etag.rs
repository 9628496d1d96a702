//! Entity tags (RFC 9110, 8.8.3).

/// Names what an answer shows: the same as long as it is the same to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// A tag of these characters; those that a header can't have between quotes are left out.
    pub fn new(mut text: String) -> Self {
        text.retain(|letter| letter.is_ascii_graphic() && letter != '"');
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn quoted(&self) -> String {
        ["\"", &self.0, "\""].concat()
    }
}

/// The tags of an `If-None-Match`, without quotes; one of them may be `*`.
pub fn listed(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(|tag| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
    })
}

#[cfg(test)]
mod tests;
