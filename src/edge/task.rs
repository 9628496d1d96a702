//! Work that JavaScript waits for.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll, Waker};

use js_sys::futures::future_to_promise;
use wasm_bindgen::JsValue;

/// Begins at once. What is over by then is answered as it is; for the rest there is a promise.
pub fn begin(
    work: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    let mut work = Box::pin(work);
    // Nobody is woken by this first look: the second one, in the promise, asks to be.
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Ok(future_to_promise(AssertUnwindSafe(work)).into()),
    }
}
