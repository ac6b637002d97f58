//! What the tasks and the browser tests share.

pub mod chromium;
pub mod server;
