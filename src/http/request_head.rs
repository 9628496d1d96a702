//! A request's head. It comes as one text: a call into JavaScript for each header would cost more
//! than all that is done with it.

/// Declares the headers that are read, each once: as a variant, and by its name in small letters.
macro_rules! headers {
    ($($(#[$doc:meta])* $header:ident = $name:literal,)*) => {
        /// A header that the gateway reads. There is no way to read another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Header {
            $($(#[$doc])* $header,)*
        }

        impl Header {
            /// All of them, in the order of their lines.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$header),*];

            /// The name in small letters.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$header => $name,)*
                }
            }
        }
    };
}

headers! {
    /// Whether a status is wanted as a stream of events.
    Accept = "accept",
    /// One of a visitor's signals.
    AcceptLanguage = "accept-language",
    /// The staff token.
    Authorization = "authorization",
    /// The client's address, as Cloudflare saw it.
    ConnectingAddress = "cf-connecting-ip",
    /// The challenge's token.
    TurnstileResponse = "cf-turnstile-response",
    /// Read once, as [`RequestHead::content_length`].
    ContentLength = "content-length",
    /// JSON or a form.
    ContentType = "content-type",
    /// Marks a repeat of a run request.
    IdempotencyKey = "idempotency-key",
    /// What a caller has seen of a status.
    IfNoneMatch = "if-none-match",
    /// The output that a part is asked of.
    IfRange = "if-range",
    /// What a stream's reader has seen of it.
    LastEventId = "last-event-id",
    /// The page's origin.
    Origin = "origin",
    /// A part of an output.
    Range = "range",
    /// One of a visitor's signals.
    UserAgent = "user-agent",
    /// The version of the terms that the shopper has agreed to.
    Consent = "x-consent",
    /// Through Shopify's proxy, the shopper's address comes first in it.
    ForwardedFor = "x-forwarded-for",
    /// The signature of a webhook of Shopify's.
    ShopifySignature = "x-shopify-hmac-sha256",
    /// A visitor token, in requests and in answers.
    Visitor = "x-visitor",
}

/// The line of a header that isn't there. No header's value can be this.
const ABSENT: &str = "\0";

/// The length that a request declares for its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentLength {
    /// It declares none: the body comes in chunks, or there is none.
    Absent,
    /// So many bytes.
    Bytes(usize),
    /// It isn't a number.
    Invalid,
}

/// The head of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'t> {
    /// As the caller sent it.
    pub method: &'t str,
    /// Scheme, host and port at which the platform received it.
    pub own_origin: &'t str,
    /// The path, with its slash.
    pub path: &'t str,
    /// What comes after the question mark.
    pub query: Option<&'t str>,
    /// The declared length of the body.
    pub content_length: ContentLength,
    headers: [Option<&'t str>; Header::ALL.len()],
}

impl<'t> RequestHead<'t> {
    /// Reads the lines: the method, the address, and one for each of [`Header::ALL`]. No header's
    /// value has a line break in it.
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
        let mut headers = [None; Header::ALL.len()];
        for (header, line) in headers.iter_mut().zip(lines) {
            *header = (line != ABSENT).then_some(line);
        }
        let mut head = Self {
            method,
            own_origin,
            path,
            query,
            content_length: ContentLength::Absent,
            headers,
        };
        if let Some(text) = head.header(Header::ContentLength) {
            let length = text.trim().parse();
            head.content_length = length.map_or(ContentLength::Invalid, ContentLength::Bytes);
        }
        head
    }

    /// A header, if it came.
    pub fn header(&self, header: Header) -> Option<&'t str> {
        self.headers.get(header as usize).copied().flatten()
    }
}

/// A head with these headers, as it comes.
#[cfg(test)]
pub fn text_with(query: &str, headers: &[(Header, &str)]) -> String {
    let lines = Header::ALL.map(|header| {
        let found = headers.iter().find(|(known, _)| *known == header);
        found.map_or(ABSENT, |(_, value)| value)
    });
    format!("GET\nhttps://try.example/?{query}\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests;
