//! Requests about watches.

use zk_proto::OpCode;

use super::Draw;
use crate::script::{Field, Request};

impl Draw {
    pub(super) fn watch(&mut self) -> Request {
        self.choose(&[
            (8, Self::add_watch),
            (2, |draw| draw.of_watch(OpCode::CheckWatches)),
            (3, |draw| draw.of_watch(OpCode::RemoveWatches)),
            (2, |draw| draw.set_watches(OpCode::SetWatches, 3)),
            (2, |draw| draw.set_watches(OpCode::SetWatches2, 5)),
        ])
    }

    fn add_watch(&mut self) -> Request {
        let mode = if self.chance(4) { *self.one(&[-1, 2, 9]) } else { self.rng.i32(0..2) };
        Request::new(OpCode::AddWatch.code(), vec![self.path(), Field::Int(mode)])
    }

    fn of_watch(&mut self, op: OpCode) -> Request {
        let kind = if self.chance(4) { *self.one(&[0, 6, -1]) } else { self.rng.i32(1..6) };
        Request::new(op.code(), vec![self.path(), Field::Int(kind)])
    }

    fn set_watches(&mut self, op: OpCode, lists: usize) -> Request {
        let since = match self.rng.u8(..20) {
            0 => Field::Long(*self.one(&[-1, 0, i64::MAX])),
            _ => Field::Zxid(self.rng.i64(0..=i64::try_from(self.step).unwrap())),
        };
        let mut fields = vec![since];
        fields.extend((0..lists).map(|_| self.paths()));
        Request::new(op.code(), fields)
    }

    fn paths(&mut self) -> Field {
        if self.chance(1) {
            return Field::Paths(None);
        }
        let count = *self.one(&[0, 0, 1, 1, 2, 3]);
        Field::Paths(Some((0..count).map(|_| self.usual_path()).collect()))
    }
}
