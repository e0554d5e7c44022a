//! Requests that change nothing.

use zk_proto::OpCode;

use super::Draw;
use crate::script::{Field, Request};

impl Draw {
    pub(super) fn read(&mut self) -> Request {
        self.choose(&[
            (6, |draw| draw.watching(OpCode::Exists)),
            (6, |draw| draw.watching(OpCode::GetData)),
            (4, |draw| draw.watching(OpCode::GetChildren)),
            (4, |draw| draw.watching(OpCode::GetChildren2)),
            (3, |draw| draw.of_path(OpCode::GetAcl)),
            (2, |draw| draw.of_path(OpCode::GetAllChildrenNumber)),
            (2, |draw| draw.of_path(OpCode::GetEphemerals)),
            (2, |draw| draw.of_path(OpCode::Sync)),
            (1, Self::all_ephemerals),
            (3, Self::multi_read),
            (1, Self::who_am_i),
            (1, Self::ping),
        ])
    }

    fn watching(&mut self, op: OpCode) -> Request {
        Request::new(op.code(), vec![self.path(), self.flag()])
    }

    fn of_path(&mut self, op: OpCode) -> Request {
        Request::new(op.code(), vec![self.path()])
    }

    fn all_ephemerals(&mut self) -> Request {
        let prefix = match self.rng.u8(..3) {
            0 => Field::Buffer(None),
            1 => Field::text(""),
            _ => Field::text("/"),
        };
        Request::new(OpCode::GetEphemerals.code(), vec![prefix])
    }

    fn multi_read(&mut self) -> Request {
        let mut fields = Vec::new();
        for _ in 0..self.rng.u8(..5) {
            let op = match self.rng.u8(..30) {
                0 => *self.one(&[OpCode::Exists, OpCode::GetAcl, OpCode::SetData, OpCode::Ping]),
                1..15 => OpCode::GetData,
                _ => OpCode::GetChildren,
            };
            fields.push(Field::Operation(op.code()));
            fields.extend([self.path(), self.flag()]);
        }
        fields.push(Field::Operation(-1));
        Request::new(OpCode::MultiRead.code(), fields)
    }

    fn who_am_i(&mut self) -> Request {
        Request::new(OpCode::WhoAmI.code(), vec![])
    }

    fn ping(&mut self) -> Request {
        Request::new(OpCode::Ping.code(), vec![])
    }
}
