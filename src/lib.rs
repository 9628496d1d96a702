//! Fitting Room: a Cloudflare Worker between a storefront's "Try it on" button and FASHN's API. The key stays
//! here; the browser sees its own result, for a while.
//!
//! ```text
//! request ─▶ route ─▶ caller ─▶ intake ─▶ ticket ─▶ prediction (written first) ─▶ FASHN /v1/run?webhook_url=…
//!                                 │ image                ▲        │
//!                                 └ fashn::models        │        ▼ step(event, now) → Decision
//! webhook ─▶ route ─▶ ticket ──── hint, then FASHN's status ── output ─▶ Ended ─▶ status ─▶ browser
//! ```
//!
//! Every decision is a pure function here, tested on the host; `edge` alone knows Cloudflare, is compiled
//! for wasm alone, and only carries. FASHN's API as types is the crate [`fashn`].
//!
//! | room | what |
//! |---|---|
//! | [`limits`] | every cap, time-to-live and timeout, with its reason |
//! | [`settings`] | vars and secrets → [`settings::Settings`], or what is wrong with them |
//! | [`secret`] | values that can't be printed |
//! | [`origin`] | web origins |
//! | [`route`] | (method, path) → [`route::Route`]; the only table of URLs |
//! | [`problem`] | what can go wrong → status, code, sentence; the private reason kept apart |
//! | [`batch`] | which predictions share an object, and when its one alarm goes off |
//! | [`backoff`] | how long to wait before something is tried again |
//! | [`caller`] | who asks: an allowed page, or staff |
//! | [`turnstile`] | Cloudflare's challenge before a shopper's run, where the merchant requires it |
//! | [`visitor`] | which visitor a request counts for; visitor tokens |
//! | [`cors`] | what a browser lets another origin's page see |
//! | [`hosts`] | hosts that a merchant allows pictures to come from |
//! | [`image`] | where a picture may come from, and what it must be |
//! | [`garment`] | product pictures that the merchant signed, where only those are taken |
//! | [`head`] | what is read of a request's head |
//! | [`held`] | how much of requests' bodies an isolate holds |
//! | [`multipart`] | pictures as files: a form → FASHN's JSON |
//! | [`intake`] | body → a [`intake::Run`] that is valid and allowed |
//! | [`outgoing`] | the body that FASHN gets, made in the one that came |
//! | [`idempotency`] | `Idempotency-Key`, and what makes two runs the same |
//! | [`shop`] | several shops on one deployment: whose a caller is, with which key and policy |
//! | [`policy`] | what shoppers may ask for: the merchant's choice |
//! | [`ticket`] | ids and webhook tokens: mint and verify |
//! | [`prediction`] | one prediction's life: state + event + now → state + what to do |
//! | [`dispatcher`] | who may go next: windows, slots, the fair queue, credits, repeats |
//! | [`output`] | what FASHN made: what is passed on, and how it is kept |
//! | [`upstream`] | what FASHN's answers mean |
//! | [`shopify`] | what Shopify signs: proxied requests and webhooks |
//! | [`stored`] | how what is stored is written |
//! | [`remembered`] | finished predictions that were shown a moment ago |
//! | [`status`] | the answer of `/v1/status/{id}` |
//! | [`relay`] | the merchant's own backend: what it is told, signed, and how often |
//! | [`watch`] | waiting for news: what a caller has seen, and what a listener is told when |

pub mod account;
pub mod app;
pub mod auth;
pub mod batch;
pub mod config;
pub mod dispatcher;
pub mod fashn_api;
pub mod http;
pub mod notify;
pub mod prediction;
pub mod remembered;
pub mod request;
pub mod run;
pub mod storage;
pub mod stored;

#[cfg(target_arch = "wasm32")]
mod edge;
