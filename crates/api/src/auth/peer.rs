//! Where a request comes from: whose failed tries are counted together.

use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::app::App;

/// The address that a request comes from, as far as it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer(String);

impl Peer {
    /// Who made a request. Behind reverse proxies it is the address that the outermost of ours saw;
    /// `PERCORSO_PROXIES` says how many there are, as anybody may write a header.
    pub fn of(app: &App, request: &HttpRequest) -> Self {
        let lines = request.headers().get_all("x-forwarded-for");
        let forwarded: Vec<&str> = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .collect();
        let direct = request.peer_addr().map(|address| address.ip());
        Self::behind(app.config.server.proxies, &forwarded, direct)
    }

    /// Each proxy has added the address it saw at the end of `forwarded`.
    fn behind(proxies: usize, forwarded: &[&str], direct: Option<IpAddr>) -> Self {
        let seen = forwarded
            .len()
            .checked_sub(proxies)
            .filter(|_| proxies > 0)
            .and_then(|place| forwarded.get(place)?.parse().ok());
        Self::at(seen.or(direct))
    }

    /// A whole network of IPv6 is one: whoever has one address of it has them all.
    fn at(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self(std::net::Ipv6Addr::from(network).to_string())
            }
            Some(IpAddr::V4(address)) => Self(address.to_string()),
            None => Self(String::new()),
        }
    }

    /// As text: an address, or nothing when there is none.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn named(address: &str) -> Self {
        Self(address.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let direct = Some("10.0.0.1".parse().unwrap());
        let check = |proxies, forwarded: &[&str], expected| {
            assert_eq!(Peer::behind(proxies, forwarded, direct).as_str(), expected);
        };
        check(0, &["192.0.2.1"], "10.0.0.1");
        check(1, &["198.51.100.9", "192.0.2.1"], "192.0.2.1");
        check(2, &["198.51.100.9", "192.0.2.1", "10.0.0.2"], "192.0.2.1");
        check(2, &["192.0.2.1"], "10.0.0.1");
        check(1, &["nonsense"], "10.0.0.1");
        check(1, &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::");
        check(1, &["::ffff:192.0.2.1"], "192.0.2.1");
    }
}
