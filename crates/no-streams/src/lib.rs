//! In the place of the crate `wasm-streams`, which leptos needs to call functions of a server. The page has none, and
//! what that crate exports would stay in the program all the same: 6 kB of what every visitor downloads. Only what
//! `server_fn` names is here, and none of it can be used.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use wasm_bindgen::JsValue;

/// A stream of a browser.
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Takes a browser's stream.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// Gives it back.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Would send a stream.
    ///
    /// # Panics
    /// Always.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        unimplemented!("this page has no server")
    }

    /// Would read a stream: an empty one.
    pub fn into_stream(self) -> Nothing {
        Nothing(PhantomData)
    }
}

/// An empty stream.
pub struct Nothing(PhantomData<JsValue>);

impl Stream for Nothing {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
