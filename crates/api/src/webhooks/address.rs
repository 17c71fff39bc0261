//! Where events may be sent. An address that a person types must not make this server ask what only this
//! server can reach: its own host, its network, a cloud's metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The address of a receiver, when it may be one.
///
/// # Errors
/// Says in words why not.
pub(crate) fn checked(text: &str, private_allowed: bool) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("`url` is no address: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if private_allowed => {}
        _ => return Err("`url` must begin with https://".into()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("`url` carries a user name or password; the signature tells who sends".into());
    }
    let literal = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => None,
        None => return Err("`url` names no host".into()),
    };
    if !private_allowed && literal.is_some_and(|ip| !is_public(ip)) {
        return Err(PRIVATE.into());
    }
    Ok(url)
}

const PRIVATE: &str = "the address is a private one; PERCORSO_WEBHOOK_PRIVATE=true allows receivers in your own network";

/// Looks names up, and answers only with public addresses: checked at each connection, so that a name
/// that leads elsewhere later is of no use.
#[derive(Debug)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(PRIVATE.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public Internet (IANA's special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared by carriers
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 198 && (18..20).contains(&b)); // benchmarks
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    // Only global unicast is public; of it, not what documents, tunnels (Teredo, 6to4) or benchmarks.
    let [a, b, ..] = ip.segments();
    let global = a & 0xe000 == 0x2000;
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x2002 || a == 0x3fff;
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        let check = |text: &str, expected| {
            let ip: IpAddr = text.parse().unwrap();
            assert_eq!(is_public(ip), expected, "{text}");
        };
        for public in [
            "93.184.216.34",
            "8.8.8.8",
            "2a00:1450:4002:411::200e",
            "::ffff:8.8.8.8",
        ] {
            check(public, true);
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            check(private, false);
        }
    }

    #[test]
    fn a_receiver_has_https_a_public_host_and_no_password() {
        let refused = |url, allowed| checked(url, allowed).is_err();
        for url in [
            "http://hr.example/hook",
            "ftp://hr.example",
            "https://u:p@hr.example/",
            "hook",
            "https://",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://0x7f000001/",
            "https://2130706433/",
        ] {
            assert!(refused(url, false), "{url}");
        }
        assert!(!refused("https://hr.example/hook?key=1", false));
        assert!(!refused("http://127.0.0.1:9000/hook", true));
        assert!(refused("file:///etc/passwd", true));
    }
}
