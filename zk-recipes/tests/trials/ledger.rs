//! What was counted, for certain or perhaps.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use zk_client::{Error, Outcome};

/// What all programs together have counted.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    sure: Cell<i64>,
    perhaps: Cell<i64>,
}

impl Ledger {
    /// Counts one, if the answer says so; perhaps one, if there is none.
    pub(crate) async fn count<T>(
        ledger: Rc<RefCell<Self>>,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let add = |count: &Cell<i64>, amount| count.set(count.get() + amount);
        add(&ledger.borrow().perhaps, 1);
        let result = answer.await;
        match &result {
            Ok(_) => {
                add(&ledger.borrow().perhaps, -1);
                add(&ledger.borrow().sure, 1);
            }
            Err(error) if error.outcome() == Outcome::NotApplied => {
                add(&ledger.borrow().perhaps, -1);
            }
            Err(_) => {}
        }
        result
    }

    /// Whether this can be what was counted.
    pub(crate) fn check(&self, count: i64) -> Result<(), String> {
        let (sure, most) = (self.sure.get(), self.sure.get() + self.perhaps.get());
        if (sure..=most).contains(&count) {
            return Ok(());
        }
        Err(format!("{sure} were counted, or at most {most}, and the count is {count}"))
    }
}
