//! What is read of a request's head: it comes as one text, as a text a header would cost more than what is done with it.

/// The headers that are read, in the order in which they come. A request that has no body comes with the first
/// [`READ_BARE`] of them.
pub const READ: [&str; 17] = [
    "accept",
    "authorization",
    "if-none-match",
    "last-event-id",
    "origin",
    "range",
    "accept-language",
    "cf-connecting-ip",
    "cf-turnstile-response",
    "content-length",
    "content-type",
    "idempotency-key",
    "user-agent",
    "x-consent",
    "x-forwarded-for",
    "x-shopify-hmac-sha256",
    "x-visitor",
];

/// So many are read of a request without a body.
pub const READ_BARE: usize = 6;

/// A header that isn't there. No header's value can have it.
const ABSENT: &str = "\0";

/// The head of a request.
#[derive(Debug, Clone, Copy)]
pub struct Head<'t> {
    /// As the caller sent it.
    pub method: &'t str,
    /// Scheme, host and port, as the platform heard them.
    pub own_origin: &'t str,
    /// The path, with its slash.
    pub path: &'t str,
    /// What stands behind the question mark.
    pub query: Option<&'t str>,
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
        let url = url.split('#').next().unwrap_or_default();
        let (before, query) = match url.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (url, None),
        };
        let host_at = before.find("://").map_or(0, |at| at + "://".len());
        let path_at = before
            .get(host_at..)
            .and_then(|rest| rest.find('/'))
            .map_or(before.len(), |at| host_at + at);
        let (own_origin, path) = before.split_at(path_at);
        let mut headers = [None; READ.len()];
        for (header, line) in headers.iter_mut().zip(lines) {
            *header = (line != ABSENT).then_some(line);
        }
        Self {
            method,
            own_origin,
            path,
            query,
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
pub fn text_with(query: &str, headers: &[(&str, &str)]) -> String {
    let lines = READ.map(|name| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map_or(ABSENT, |(_, value)| value)
    });
    format!("GET\nhttps://try.example/?{query}\n{}", lines.join("\n"))
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
        assert_eq!(head.own_origin, "https://try.example");
        assert_eq!(head.path, "/v1/status/a");
        assert_eq!(head.query, Some("wait=1"));
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
        assert_eq!((head.own_origin, head.path, head.query), ("", "", None));
        assert_eq!(head.header("origin"), None);
    }

    #[test]
    fn an_address_is_taken_apart() {
        for (url, parts) in [
            ("https://a.example/", ("https://a.example", "/", None)),
            (
                "http://127.0.0.1:8787/v1/run?",
                ("http://127.0.0.1:8787", "/v1/run", Some("")),
            ),
            (
                "https://a.example/b?c=/d?e://f",
                ("https://a.example", "/b", Some("c=/d?e://f")),
            ),
            (
                "https://a.example?b=/c",
                ("https://a.example", "", Some("b=/c")),
            ),
            ("https://a.example/b#c?d", ("https://a.example", "/b", None)),
        ] {
            let text = format!("GET\n{url}");
            let head = Head::parse(&text);
            assert_eq!((head.own_origin, head.path, head.query), parts, "{url}");
        }
    }

    #[test]
    fn a_request_without_a_body_comes_with_fewer_headers() {
        let few = [
            "accept",
            "authorization",
            "if-none-match",
            "last-event-id",
            "origin",
            "range",
        ];
        assert_eq!(READ.get(..READ_BARE), Some(few.as_slice()));
    }
}
