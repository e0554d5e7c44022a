//! Paths, data, versions and access control lists: few, so that requests meet.

use zk_proto::{OpCode, digest};

use super::Draw;
use crate::caretaker::Caretaker;
use crate::script::{Entry, Field, Request};

/// The node that scripts work below.
pub(super) const ROOT: &str = "/d";

/// Paths of nodes that every server has, or that mean something to it.
const SPECIAL: &[&str] = &["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"];

/// Where quotas are set.
pub(super) const QUOTA: &str = "/zookeeper/quota";

/// Paths of nodes that set quotas, and tell how much of them is used.
const QUOTAS: &[&str] = &[
    "/zookeeper/quota/d",
    "/zookeeper/quota/d/zookeeper_limits",
    "/zookeeper/quota/d/zookeeper_stats",
    "/zookeeper/quota/d/a",
    "/zookeeper/quota/d/a/zookeeper_limits",
    "/zookeeper/quota/d/a/zookeeper_stats",
];

/// Paths that are none, and names that are rare.
const ODD: &[&[u8]] = &[
    b"",
    b"a",
    b"//",
    b"/d/",
    b"/d//a",
    b"/d/.",
    b"/d/..",
    b"/d/./a",
    b"/d/../d",
    b"/d/a/",
    b"/d/.../a",
    b"/d/a b",
    b"/none",
    b"/none/",
    b"/none/a",
    b"/none/./a",
    b"/d/\0",
    b"/d/\x01",
    b"/d/\x7f",
    "/d/\u{9f}".as_bytes(),
    "/d/\u{a0}".as_bytes(),
    "/d/é".as_bytes(),
    "/d/木".as_bytes(),
    "/d/\u{e000}".as_bytes(),
    "/d/\u{fff0}".as_bytes(),
    "/d/😀".as_bytes(),
    b"/d/\xff",
    b"/d/\xed\xa0\xbd\xed\xb8\x80",
];

const USERS: &[&str] = &["ann", "bob"];

impl Draw {
    pub(super) fn path(&mut self) -> Field {
        Field::Buffer(Some(self.path_bytes()))
    }

    fn path_bytes(&mut self) -> Vec<u8> {
        match self.rng.u8(..100) {
            0..2 => self.one(SPECIAL).as_bytes().to_vec(),
            2..5 => self.one(ODD).to_vec(),
            5..15 if self.has_quotas => self.one(QUOTAS).as_bytes().to_vec(),
            _ => self.usual_path().into_bytes(),
        }
    }

    pub(super) fn usual_path(&mut self) -> String {
        let depth = *self.one(&[0, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
        let mut path = ROOT.to_owned();
        for _ in 0..depth {
            path.push('/');
            let name = *self.one(&["a", "a", "b", "b", "c"]);
            path.push_str(name);
        }
        if self.chance(6) {
            path.push_str(&format!("/n-{:010}", self.rng.u8(..5)));
        }
        path
    }

    /// A path for a node with a number.
    pub(super) fn numbered_path(&mut self) -> Field {
        let parent = self.usual_path();
        let name = *self.one(&["n-", "n-", "n-", "", "x"]);
        // In the root, numbers tell of other scripts.
        Field::text(&format!("{parent}/{name}"))
    }

    /// Data for a node. Where quotas are, it is one: anything else in `zookeeper_stats` ends an
    /// Apache ZooKeeper, with an `ArrayIndexOutOfBoundsException` in `StatsTrack`.
    pub(super) fn data_of(&mut self, path: &Field) -> Field {
        if path.is_below(QUOTA) { Field::text(&self.quota()) } else { self.data() }
    }

    fn data(&mut self) -> Field {
        let length = self.rng.usize(..40);
        Field::Buffer(match self.rng.u8(..10) {
            0 => None,
            1 => Some(Vec::new()),
            2 => Some(self.quota().into_bytes()),
            _ => Some((0..length).map(|_| self.rng.alphanumeric() as u8).collect()),
        })
    }

    /// The limits of a quota.
    pub(super) fn quota(&mut self) -> String {
        let soft = format!("count={},bytes={}", self.rng.i32(-1..6), self.rng.i32(-1..60));
        let count = format!("countHardLimit={}", self.rng.i32(-1..8));
        let bytes = format!("byteHardLimit={}", self.rng.i32(-1..200));
        match self.rng.u8(..4) {
            0 => soft,
            1 => format!("{soft}=;{bytes}"),
            2 => format!("{soft}=;{count}"),
            _ => format!("count=-1,bytes=-1=;{bytes};{count}"),
        }
    }

    pub(super) fn version(&mut self) -> Field {
        Field::Int(match self.rng.u8(..20) {
            0..13 => -1,
            13..19 => self.rng.i32(0..4),
            _ => *self.one(&[-2, i32::MIN, i32::MAX]),
        })
    }

    pub(super) fn flag(&mut self) -> Field {
        // Any byte but 0 is true.
        Field::Byte(*self.one(&[0, 0, 1, 1, 1, 2, 255]))
    }

    pub(super) fn acl(&mut self) -> Field {
        Field::Acl(match self.rng.u8(..40) {
            0 => None,
            1 => Some(Vec::new()),
            2 => Some(vec![self.entry(), self.odd_entry()]),
            3..8 => Some((0..self.rng.u8(1..4)).map(|_| self.entry()).collect()),
            _ => Some(vec![anyone(31)]),
        })
    }

    fn entry(&mut self) -> Entry {
        let permissions = match self.rng.u8(..8) {
            0..3 => 31,
            3 => *self.one(&[0, 32, 63, -1]),
            _ => self.rng.i32(1..32),
        };
        let user = *self.one(USERS);
        let (scheme, id) = match self.rng.u8(..7) {
            0..3 => return anyone(permissions),
            3 => ("auth", self.one(&["", "whoever"]).to_string()),
            4 => (
                "ip",
                self.one(&["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8", "10.1.2.3"]).to_string(),
            ),
            _ => ("digest", digest::identity(user, user)),
        };
        Entry { permissions, scheme, id: Some(id) }
    }

    fn odd_entry(&mut self) -> Entry {
        let entries = [
            ("world", "somebody"),
            ("world", ""),
            ("", "ann"),
            ("nonesuch", "ann"),
            ("digest", "ann"),
            ("digest", "ann:bob:x"),
            ("digest", ":"),
            ("ip", "localhost"),
            ("ip", "127.0.0.1/33"),
            ("ip", "127.0.0.1/-1"),
            ("ip", "127.0.0/8"),
            ("ip", "::1"),
            ("x509", "CN=ann"),
            ("sasl", "ann"),
            ("super", ""),
        ];
        let (scheme, id) = *self.one(&entries);
        let id = (!self.chance(5)).then(|| id.to_owned());
        Entry { permissions: 31, scheme, id }
    }

    /// Adds an identity.
    pub(super) fn auth(&mut self) -> Request {
        let user = *self.one(USERS);
        let (scheme, secret) = match self.rng.u8(..20) {
            0..14 => ("digest", format!("{user}:{user}")),
            14..16 => ("digest", format!("{}:{}", Caretaker::USER, Caretaker::PASSWORD)),
            16 => ("digest", format!("{}:wrong", Caretaker::USER)),
            17 => ("digest", self.one(&["", "ann", "ann:", ":ann", "ann:b:c"]).to_string()),
            _ => ("ip", self.one(&["", "10.1.2.3"]).to_string()),
        };
        let kind = *self.one(&[0, 0, 0, 7]);
        let fields = vec![Field::Int(kind), Field::text(scheme), Field::text(&secret)];
        Request::new(OpCode::Auth.code(), fields)
    }

    /// Adds an identity that no server takes, whereupon it closes the connection.
    pub(super) fn refused_auth(&mut self) -> Request {
        let scheme = *self.one(&["world", "auth", "sasl", "x509", "super", "", "nonesuch"]);
        let fields = vec![Field::Int(0), Field::text(scheme), Field::text("anyone")];
        Request::new(OpCode::Auth.code(), fields)
    }
}

pub(super) fn anyone(permissions: i32) -> Entry {
    Entry { permissions, scheme: "world", id: Some("anyone".to_owned()) }
}

/// Creates a node without any options.
pub(super) fn plain_create(path: &str) -> Request {
    let acl = Field::Acl(Some(vec![anyone(31)]));
    let data = Field::Buffer(Some(Vec::new()));
    Request::new(OpCode::Create.code(), vec![Field::text(path), data, acl, Field::Int(0)])
}
