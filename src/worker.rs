//! The only code that knows Cloudflare: it implements the ports of [`crate::app::ports`], and
//! decides nothing. A layer imports those before it: `runtime` ← `clients` ← `objects` ← `routes`.
//!
//! `entry.js` is the Worker's entry point; `runtime/platform.js` is what is asked of JavaScript.

mod clients;
mod objects;
mod routes;
mod runtime;
