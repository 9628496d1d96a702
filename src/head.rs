//! What is read of a request's head: it comes as one text, as a text a header would cost more than what is done with it.

/// The headers that are read, in the order in which they come.
pub const READ: [&str; 17] = [
    "accept",
    "accept-language",
    "authorization",
    "cf-connecting-ip",
    "cf-turnstile-response",
    "content-length",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "last-event-id",
    "origin",
    "range",
    "user-agent",
    "x-consent",
    "x-forwarded-for",
    "x-shopify-hmac-sha256",
    "x-visitor",
];

/// A header that isn't there. No header's value can have it.
const ABSENT: &str = "\0";

/// The head of a request.
#[derive(Debug, Clone, Copy)]
pub struct Head<'t> {
    /// As the caller sent it.
    pub method: &'t str,
    /// The whole address.
    pub url: &'t str,
    headers: [Option<&'t str>; READ.len()],
}

impl<'t> Head<'t> {
    /// Reads the lines: the method, the address, and a line for each of [`READ`]. No value of any of them has a line's
    /// end in it.
    #[must_use]
    pub fn parse(text: &'t str) -> Self {
        let mut lines = text.split('\n');
        let method = lines.next().unwrap_or_default();
        let url = lines.next().unwrap_or_default();
        let mut headers = [None; READ.len()];
        for (header, line) in headers.iter_mut().zip(lines) {
            *header = (line != ABSENT).then_some(line);
        }
        Self {
            method,
            url,
            headers,
        }
    }

    /// A header, if it came.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'t str> {
        let at = READ.iter().position(|read| *read == name);
        debug_assert!(at.is_some(), "{name} is not read");
        *self.headers.get(at?)?
    }
}

/// A head with these headers, as it comes.
#[cfg(test)]
#[must_use]
pub fn text_with(headers: &[(&str, &str)]) -> String {
    let lines = READ.map(|name| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map_or(ABSENT, |(_, value)| value)
    });
    format!("GET\nhttps://try.example/\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_header_is_found_by_its_name_and_an_empty_one_is_there() {
        let mut lines = vec![
            "GET".to_owned(),
            "https://try.example/v1/status/a?wait=1".to_owned(),
        ];
        lines.extend(READ.map(|name| match name {
            "accept" => ABSENT.to_owned(),
            "range" => String::new(),
            name => format!("value of {name}"),
        }));
        let text = lines.join("\n");
        let head = Head::parse(&text);
        assert_eq!(head.method, "GET");
        assert_eq!(head.url, "https://try.example/v1/status/a?wait=1");
        for name in READ {
            match name {
                "accept" => assert_eq!(head.header(name), None),
                "range" => assert_eq!(head.header(name), Some("")),
                name => assert_eq!(head.header(name), Some(&*format!("value of {name}"))),
            }
        }
    }

    #[test]
    fn what_is_missing_is_absent() {
        let head = Head::parse("GET");
        assert_eq!(head.url, "");
        assert_eq!(head.header("origin"), None);
    }
}
