//! What a test writes by itself, as nobody's request.

use zk_proto::{Create, Delete, ErrorCode, Instant, SetData};

use super::Engine;
use crate::tree::{Caller, Change, Tree};

impl Engine {
    /// Creates a node. Its path is answered.
    ///
    /// # Errors
    ///
    /// The code that a client would be answered.
    pub fn create(&mut self, now: Instant, create: &Create<'_>) -> Result<String, ErrorCode> {
        let path = self.change(now, |tree| tree.prepare_create(create, &Caller::SUPER))?;
        path.ok_or(ErrorCode::SystemError)
    }

    /// Deletes a node.
    ///
    /// # Errors
    ///
    /// The code that a client would be answered.
    pub fn delete(&mut self, now: Instant, delete: &Delete<'_>) -> Result<(), ErrorCode> {
        self.change(now, |tree| tree.prepare_delete(delete, &Caller::SUPER)).map(drop)
    }

    /// Writes the data of a node.
    ///
    /// # Errors
    ///
    /// The code that a client would be answered.
    pub fn set_data(&mut self, now: Instant, set: &SetData<'_>) -> Result<(), ErrorCode> {
        self.change(now, |tree| tree.prepare_set_data(set, &Caller::SUPER)).map(drop)
    }

    fn change(
        &mut self,
        now: Instant,
        prepare: impl FnOnce(&Tree) -> Result<Change, ErrorCode>,
    ) -> Result<Option<String>, ErrorCode> {
        let at = self.next_stamp(now);
        let (transaction, applied) = self.tree.transact(at, [prepare]).map_err(|(_, code)| code)?;
        let path = transaction.changes.first().and_then(Change::path).map(String::from);
        self.publish(now, transaction, &applied);
        Ok(path)
    }
}
