//! Requests that change something.

use zk_proto::OpCode;

use super::Draw;
use super::values::{ROOT, anyone};
use crate::script::{Field, Request};

impl Draw {
    pub(super) fn write(&mut self) -> Request {
        self.choose(&[
            (16, Self::create),
            (5, Self::delete),
            (7, Self::set_data),
            (3, Self::set_acl),
        ])
    }

    /// The kinds of nodes, mostly with the operation for them.
    fn create(&mut self) -> Request {
        let usual = *self.one(&[OpCode::Create, OpCode::Create2]);
        let (op, flags) = match self.rng.u8(..40) {
            0..16 => (usual, 0),
            16..23 => (usual, 1),
            23..28 => (usual, 2),
            28..31 => (usual, 3),
            31..33 => (OpCode::CreateContainer, 4),
            33..35 => (OpCode::CreateTtl, 5),
            35..37 => (OpCode::CreateTtl, 6),
            37 => (OpCode::CreateContainer, self.rng.i32(0..4)),
            38 => (usual, *self.one(&[4, 5, 6])),
            _ => (usual, *self.one(&[7, 99, -1])),
        };
        let mut fields = self.create_fields(flags);
        if op == OpCode::CreateTtl {
            fields.push(self.time_to_live());
        }
        Request::new(op.code(), fields)
    }

    fn create_fields(&mut self, flags: i32) -> Vec<Field> {
        let is_numbered = matches!(flags, 2 | 3 | 6);
        let path = if is_numbered && !self.chance(5) { self.numbered_path() } else { self.path() };
        let path = if is_numbered { below_root(path) } else { path };
        let data = self.data_of(&path);
        vec![path, data, self.acl(), Field::Int(flags)]
    }

    /// Mostly so long that it does not end within the test.
    fn time_to_live(&mut self) -> Field {
        Field::Long(match self.rng.u8(..10) {
            0 => *self.one(&[0, -1, i64::MIN, 1 << 40, i64::MAX]),
            1 => (1 << 40) - 1,
            _ => self.rng.i64(3_600_000..7_200_000),
        })
    }

    fn delete(&mut self) -> Request {
        Request::new(OpCode::Delete.code(), vec![self.path(), self.version()])
    }

    fn set_data(&mut self) -> Request {
        let path = self.path();
        let data = self.data_of(&path);
        Request::new(OpCode::SetData.code(), vec![path, data, self.version()])
    }

    fn set_acl(&mut self) -> Request {
        Request::new(OpCode::SetAcl.code(), vec![self.path(), self.acl(), self.version()])
    }

    pub(super) fn multi(&mut self) -> Request {
        let mut fields = Vec::new();
        for _ in 0..self.rng.u8(..5) {
            let operation = self.operation();
            fields.push(Field::Operation(operation.op));
            fields.extend(operation.fields);
        }
        fields.push(Field::Operation(-1));
        Request::new(OpCode::Multi.code(), fields)
    }

    fn operation(&mut self) -> Request {
        self.choose(&[
            (8, Self::create),
            (4, Self::delete),
            (5, Self::set_data),
            (4, Self::check),
            (1, Self::no_operation),
        ])
    }

    fn check(&mut self) -> Request {
        Request::new(OpCode::Check.code(), vec![self.path(), self.version()])
    }

    /// What does not belong into a multi.
    fn no_operation(&mut self) -> Request {
        if self.chance(70) { self.check() } else { self.read() }
    }

    /// Things that need more than one node, in one request; and what is rare.
    pub(super) fn set_up(&mut self) -> Request {
        match self.rng.u8(..5) {
            0 => self.reconfig(),
            1 => Request::new(OpCode::Sasl.code(), vec![Field::Buffer(Some(Vec::new()))]),
            _ if self.has_quotas => self.set_quota(),
            _ => self.multi(),
        }
    }

    fn set_quota(&mut self) -> Request {
        let path = *self.one(&["/d", "/d/a"]);
        let quota = format!("/zookeeper/quota{path}");
        let parents = [(path == "/d/a").then_some("/zookeeper/quota/d"), Some(&*quota)];
        let mut fields = Vec::new();
        if !self.chance(30) {
            let nodes = parents.iter().flatten();
            nodes.for_each(|node| fields.extend(create(node, "")));
        }
        fields.extend(create(&format!("{quota}/zookeeper_limits"), &self.quota()));
        if !self.chance(20) {
            fields.extend(create(&format!("{quota}/zookeeper_stats"), "count=0,bytes=0"));
        }
        fields.push(Field::Operation(-1));
        Request::new(OpCode::Multi.code(), fields)
    }

    fn reconfig(&mut self) -> Request {
        let members = *self.one(&["", "1", "server.2=127.0.0.1:1:2;3", "?"]);
        let fields =
            vec![Field::text(members), Field::Buffer(None), Field::Buffer(None), Field::Long(-1)];
        Request::new(OpCode::Reconfig.code(), fields)
    }
}

/// An operation of a multi.
fn create(path: &str, data: &str) -> [Field; 5] {
    let acl = Field::Acl(Some(vec![anyone(31)]));
    let op = Field::Operation(OpCode::Create.code());
    [op, Field::text(path), Field::text(data), acl, Field::Int(0)]
}

/// In the root, numbers tell of other scripts: a numbered node there is put elsewhere.
fn below_root(path: Field) -> Field {
    let is_in_root = |path: &[u8]| path.starts_with(b"/") && !path[1..].contains(&b'/');
    if let Field::Buffer(Some(path)) = &path
        && is_in_root(path)
    {
        return Field::Buffer(Some([ROOT.as_bytes(), path].concat()));
    }
    path
}
