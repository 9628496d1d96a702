//! A request's head. It comes as one text: a call into JavaScript for each header would cost more
//! than all that is done with it.

/// Declares the headers that are read, each once: as a variant, and by its name in small letters.
macro_rules! headers {
    ($($header:ident = $name:literal,)*) => {
        /// A header that the gateway reads. There is no way to read another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Header {
            $($header,)*
        }

        impl Header {
            /// All of them, in the order of their lines.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$header),*];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$header => $name,)*
                }
            }
        }
    };
}

headers! {
    Accept = "accept",
    AcceptLanguage = "accept-language",
    Authorization = "authorization",
    AccessAssertion = "cf-access-jwt-assertion",
    ConnectingAddress = "cf-connecting-ip",
    TurnstileResponse = "cf-turnstile-response",
    ContentEncoding = "content-encoding",
    ContentLength = "content-length",
    ContentType = "content-type",
    IdempotencyKey = "idempotency-key",
    IfNoneMatch = "if-none-match",
    IfRange = "if-range",
    LastEventId = "last-event-id",
    Origin = "origin",
    Range = "range",
    UserAgent = "user-agent",
    WebhookId = "webhook-id",
    WebhookSignature = "webhook-signature",
    WebhookTimestamp = "webhook-timestamp",
    Consent = "x-consent",
    ConsentText = "x-consent-text",
    ForwardedFor = "x-forwarded-for",
    ShopifySignature = "x-shopify-hmac-sha256",
    ShopifyShop = "x-shopify-shop-domain",
    Visitor = "x-visitor",
}

/// The line of a header that isn't there. No header's value can be this.
const ABSENT: &str = "\0";

#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'t> {
    pub method: &'t str,
    /// Scheme, host and port at which the platform received it.
    pub own_origin: &'t str,
    pub path: &'t str,
    pub query: Option<&'t str>,
    headers: [Option<&'t str>; Header::ALL.len()],
}

impl<'t> RequestHead<'t> {
    /// Reads the lines: the method, the address, and one for each of [`Header::ALL`]. No header's
    /// value has a line break in it.
    pub fn parse(text: &'t str) -> Self {
        let mut lines = text.split('\n');
        let method = lines.next().unwrap_or_default();
        let url = lines.next().unwrap_or_default().split('#').next().unwrap_or_default();
        let (before, query) =
            url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
        let host_at = before.find("://").map_or(0, |at| at + "://".len());
        let path_at = before.get(host_at..).and_then(|rest| rest.find('/'));
        let (own_origin, path) = before.split_at(path_at.map_or(before.len(), |at| host_at + at));
        let mut headers = [None; Header::ALL.len()];
        for (header, line) in headers.iter_mut().zip(lines) {
            *header = (line != ABSENT).then_some(line);
        }
        Self { method, own_origin, path, query, headers }
    }

    pub fn header(&self, header: Header) -> Option<&'t str> {
        self.headers.get(header as usize).copied().flatten()
    }
}

#[cfg(test)]
pub mod tests;
