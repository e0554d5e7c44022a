//! A child that is written again and again, lest its node go.

use std::time::Duration;

use zk_client::machine::{Again, Answer, Cx};
use zk_client::{Create, Delete, Error, ErrorCode, OpCode, SetData};

use super::healer::TOUCH;

const DELETE: u64 = TOUCH + 1;

/// The child of Curator's `PersistentTtlNode`: it has a time to live, and its parent is a
/// container, which goes some time after it.
#[derive(Debug)]
pub(super) struct Touch {
    path: String,
    ttl: Duration,
    doing: Doing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// Until its parent is there.
    Nothing,
    Writing,
    Creating,
    Sleeping,
}

impl Touch {
    pub(super) fn new(parent: &str, ttl: Duration) -> Self {
        Self { path: format!("{parent}/touch"), ttl, doing: Doing::Nothing }
    }

    /// Its parent is there.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>) {
        if self.doing == Doing::Nothing {
            self.write(cx);
        }
    }

    pub(super) fn is_due(&mut self, cx: &mut Cx<'_>) {
        if self.doing == Doing::Sleeping {
            self.write(cx);
        }
    }

    /// Half of its time passes before it is written again, as Curator does by default.
    pub(super) fn is_answered(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Result<(), Error> {
        let Err(error) = answer else {
            self.sleep(cx);
            return Ok(());
        };
        let op = if self.doing == Doing::Creating { OpCode::CreateTtl } else { OpCode::SetData };
        let error = error.about(op, &self.path);
        match (error.code(), self.doing, Again::after(&error)) {
            (Some(ErrorCode::NoNode), Doing::Writing, _) => self.create(cx),
            (Some(ErrorCode::NoNode), _, _) => self.doing = Doing::Nothing,
            (Some(ErrorCode::NodeExists), _, _) | (_, _, Again::Later) => self.sleep(cx),
            (_, _, Again::Now) => self.write(cx),
            (_, _, Again::Never) => {
                self.doing = Doing::Nothing;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Deletes it.
    pub(super) fn leave(&self, cx: &mut Cx<'_>) {
        cx.call(DELETE, &Delete::new(&self.path));
    }

    fn write(&mut self, cx: &mut Cx<'_>) {
        self.doing = Doing::Writing;
        cx.call(TOUCH, &SetData::new(&self.path, ""));
    }

    fn create(&mut self, cx: &mut Cx<'_>) {
        self.doing = Doing::Creating;
        cx.call(TOUCH, &Create::new(&self.path, "").ttl(self.ttl));
    }

    fn sleep(&mut self, cx: &mut Cx<'_>) {
        self.doing = Doing::Sleeping;
        cx.timer(TOUCH, self.ttl / 2);
    }
}
