//! Connect strings, as people write them.
#![expect(clippy::disallowed_types, reason = "`prop_oneof` shares its branches")]

use proptest::collection::vec;
use proptest::prelude::*;
use zk_proto::{Chroot, ConnectString, ConnectStringError, Host, PathError};

#[test]
fn good_ones() {
    for (text, hosts, chroot) in [
        ("zk1", "zk1:2181", ""),
        ("zk1:2182", "zk1:2182", ""),
        ("zk1:", "zk1:2181", ""),
        ("zk1,zk2:1,zk3", "zk1:2181 zk2:1 zk3:2181", ""),
        (" zk1 , zk2 ", "zk1:2181 zk2:2181", ""),
        ("zk1,zk2/app", "zk1:2181 zk2:2181", "/app"),
        ("zk1/", "zk1:2181", ""),
        ("zk1/a/b", "zk1:2181", "/a/b"),
        ("zk1/a:b,c", "zk1:2181", "/a:b,c"),
        ("zookeeper://zk1,zk2/app", "zk1:2181 zk2:2181", "/app"),
        ("10.0.0.1:65535", "10.0.0.1:65535", ""),
        ("[::1]", "[::1]:2181", ""),
        ("[::1]:2182/app", "[::1]:2182", "/app"),
        ("[2001:db8::1]:1,zk2", "[2001:db8::1]:1 zk2:2181", ""),
        ("::1", "[::1]:2181", ""),
        ("2001:db8::1,zk2/app", "[2001:db8::1]:2181 zk2:2181", "/app"),
        ("zk_1.example.org.", "zk_1.example.org.:2181", ""),
        ("zoo-ключ", "zoo-ключ:2181", ""),
    ] {
        let servers: ConnectString = text.parse().unwrap();
        let named: Vec<_> = servers.hosts.iter().map(Host::to_string).collect();
        assert_eq!(named.join(" "), hosts, "{text}");
        assert_eq!(servers.chroot.prefix(), chroot, "{text}");
    }
}

#[test]
fn bad_ones() {
    let port = |text: &str| ConnectStringError::Port(text.into());
    let name = |text: &str| ConnectStringError::Name(text.into());
    let scheme = |text: &str| ConnectStringError::Scheme(text.into());
    let chroot = |path: &str, error| ConnectStringError::Chroot { path: path.into(), error };
    for (text, error) in [
        ("", ConnectStringError::NoHost),
        ("  ", ConnectStringError::NoHost),
        ("/app", ConnectStringError::NoHost),
        (":2181", ConnectStringError::NoHost),
        ("zk1,", ConnectStringError::NoHost),
        (",zk1", ConnectStringError::NoHost),
        ("zk1,,zk2", ConnectStringError::NoHost),
        ("zk1:0", port("zk1:0")),
        ("zk1:65536", port("zk1:65536")),
        ("zk1:-1", port("zk1:-1")),
        ("zk1:+1", port("zk1:+1")),
        ("zk1:http", port("zk1:http")),
        ("zk1:1:2", port("zk1:1:2")),
        ("[::1]2181", port("[::1]2181")),
        ("[::1", name("[::1")),
        ("[zk1]:2181", name("[zk1]:2181")),
        ("zk 1", name("zk 1")),
        ("user@zk1", name("user@zk1")),
        ("zk1?a", name("zk1?a")),
        ("zk\u{7}1", name("zk\u{7}1")),
        ("http://zk1", scheme("http")),
        ("ZooKeeper://zk1", scheme("ZooKeeper")),
        ("zk1/app/", chroot("/app/", PathError::TrailingSlash)),
        ("zk1//app", chroot("//app", PathError::EmptySegment)),
        ("zk1/../app", chroot("/../app", PathError::DotSegment)),
    ] {
        assert_eq!(text.parse::<ConnectString>(), Err(error), "{text:?}");
    }
}

#[test]
fn a_host_by_itself_is_no_list_and_has_no_chroot() {
    for text in ["zk1,zk2", "zk1/app", "zk1:1,zk2"] {
        assert!(text.parse::<Host>().is_err(), "{text}");
    }
    assert_eq!("zk1:7".parse(), Ok(Host::new("zk1", 7)));
}

#[test]
fn an_address_needs_no_look_up() {
    let address = |host: &str| host.parse::<Host>().unwrap().address();
    assert_eq!(address("[::1]:7"), Some("::1".parse().unwrap()));
    assert_eq!(address("10.0.0.1"), Some("10.0.0.1".parse().unwrap()));
    assert_eq!(address("localhost"), None);
    assert_eq!(address("10.0.0.256"), None);
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for (text, words) in [
        ("zk1,", "a server is missing in the connect string"),
        ("http://zk1", "the scheme \"http\" of the connect string is not zookeeper"),
        ("zk1:x", "\"zk1:x\" in the connect string has no valid port"),
        ("[x]", "\"[x]\" in the connect string is not a host"),
        ("zk1/a/", "the chroot \"/a/\" of the connect string is invalid: it ends with /"),
    ] {
        assert_eq!(text.parse::<ConnectString>().unwrap_err().to_string(), words);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        hosts in vec((name(), 1..=u16::MAX), 1..5),
        chroot in "/|(/[a-z.:,é]{3,5}){1,3}",
    ) {
        let hosts = hosts.into_iter().map(|(name, port)| Host::new(name, port)).collect();
        let servers = ConnectString { hosts, chroot: Chroot::new(&chroot).unwrap_or_default() };
        let text = servers.to_string();
        prop_assert_eq!(text.parse(), Ok(servers.clone()));
        prop_assert_eq!(format!("zookeeper://{text}").parse(), Ok(servers));
    }

    #[test]
    fn what_is_read_is_written_so_that_it_means_the_same(text in "[a-c:1,/\\[\\].]{0,12}") {
        if let Ok(servers) = text.parse::<ConnectString>() {
            prop_assert_eq!(servers.to_string().parse(), Ok(servers));
        }
        if let Ok(host) = text.parse::<Host>() {
            prop_assert_eq!(host.to_string().parse(), Ok(host));
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9.-]{0,8}",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
    ]
}
