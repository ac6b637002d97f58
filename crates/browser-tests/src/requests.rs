//! What a page has asked for.

use anyhow::{Result, ensure};
use xtask::chromium;
use xtask::server::Asked;

use crate::visit::Visit;

/// Without what the browser asks for by itself; the site's programs name none of those hosts.
pub fn of_page(visit: &Visit) -> Vec<Asked> {
    let by_browser = |one: &Asked| {
        let host = one.address.trim_start_matches("http://").split(['/', ':']).next().unwrap_or_default().to_owned();
        chromium::OWN_HOSTS.iter().any(|own| host.ends_with(own))
    };
    visit.asked().into_iter().filter(|one| !by_browser(one)).collect()
}

/// Fails where one is not of the site, or sends something.
pub fn send_nothing(visit: &Visit, asked: &[Asked]) -> Result<()> {
    for one in asked {
        ensure!(one.method == "GET" && one.body_bytes == 0, "{one:?} sends something");
        ensure!(one.address.starts_with(&visit.address()), "{one:?} is not of the site");
    }
    Ok(())
}
