//! Several changes at once.

use zk_proto::ErrorCode;

use super::{Applied, Change, Stamp, Tree};

/// Changes that happened together.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// When.
    pub at: Stamp,
    /// What, in this order; nothing for a write that was refused.
    pub changes: Vec<Change>,
}

impl Tree {
    /// Prepares and applies one change after the other, each on what those before it did; if one
    /// is refused, none of them has happened.
    ///
    /// # Errors
    ///
    /// Which one was refused, counted from 0, and the code.
    pub fn transact<'t, P>(
        &mut self,
        at: Stamp,
        steps: impl IntoIterator<Item = P>,
    ) -> Result<(Transaction, Vec<Applied>), (usize, ErrorCode)>
    where
        P: FnOnce(&Self) -> Result<Change, ErrorCode> + 't,
    {
        let (mut changes, mut done) = (Vec::new(), Vec::new());
        self.advance(at.zxid);
        for (index, prepare) in steps.into_iter().enumerate() {
            match prepare(self) {
                Ok(change) => {
                    done.push(self.apply(&change, at));
                    changes.push(change);
                }
                Err(code) => {
                    done.into_iter().rev().for_each(|applied| self.undo(applied));
                    return Err((index, code));
                }
            }
        }
        self.account(&changes, &done);
        Ok((Transaction { at, changes }, done))
    }

    /// Does what another tree in the same state did.
    pub fn follow(&mut self, transaction: &Transaction) -> Vec<Applied> {
        self.advance(transaction.at.zxid);
        let changes = &transaction.changes;
        let done: Vec<_> = changes.iter().map(|one| self.apply(one, transaction.at)).collect();
        self.account(changes, &done);
        done
    }
}
