//! The only code that knows Cloudflare.
