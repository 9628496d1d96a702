//! Work that JavaScript waits for.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;
use js_sys::futures::spawn_local;
use wasm_bindgen::JsValue;

use crate::worker::runtime::platform::{JsResult, defer, settle};

/// Begins at once. Work that is over by then is answered as it is, the rest by a promise.
pub fn begin(work: impl Future<Output = JsResult<JsValue>> + 'static) -> Result<JsValue, JsValue> {
    begin_boxed(Box::pin(work))
}

/// In the bundle once, not once for each kind of work.
fn begin_boxed(mut work: LocalBoxFuture<'static, JsResult<JsValue>>) -> Result<JsValue, JsValue> {
    // The next poll, in a task of its own, is what the work is woken by.
    let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    if let Poll::Ready(done) = polled {
        return Ok(done?);
    }
    let deferred = defer();
    let promise = deferred.promise();
    spawn_local(async move {
        match work.await {
            Ok(value) => settle(&deferred, true, &value),
            Err(error) => settle(&deferred, false, &error.into()),
        }
    });
    Ok(promise)
}
