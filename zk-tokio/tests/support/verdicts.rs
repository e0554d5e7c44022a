//! What became of many requests when their connection broke.

use zk_tokio::{Client, ErrorKind, Outcome, Reply};

/// What the creation of each of many nodes was answered: exactly one answer each.
pub(crate) struct Verdicts {
    pub(crate) applied: Vec<String>,
    pub(crate) unknown: Vec<String>,
    pub(crate) not_applied: Vec<String>,
}

impl Verdicts {
    /// Waits for all answers.
    pub(crate) async fn of(replies: Vec<(String, Reply<String>)>) -> Self {
        let (applied, unknown, not_applied) = (Vec::new(), Vec::new(), Vec::new());
        let mut verdicts = Self { applied, unknown, not_applied };
        for (path, reply) in replies {
            let list = match reply.await {
                Ok(_) => &mut verdicts.applied,
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::ConnectionLost { .. }), "{error}");
                    match error.outcome() {
                        Outcome::Unknown => &mut verdicts.unknown,
                        Outcome::NotApplied => &mut verdicts.not_applied,
                    }
                }
            };
            list.push(path);
        }
        verdicts
    }

    /// What was said to be applied is there; what was said not to be is not.
    pub(crate) async fn are_honest(&self, observer: &Client) {
        observer.sync("/").await.unwrap();
        let children = observer.children("/").await.unwrap();
        let is_there = |path: &String| children.contains(&path[1..]);
        assert!(self.applied.iter().all(is_there));
        assert!(!self.not_applied.iter().any(is_there));
    }
}

/// Asks for that many nodes, without waiting for them.
pub(crate) fn create_many(zk: &Client, count: usize) -> Vec<(String, Reply<String>)> {
    let paths = (0..count).map(|number| format!("/{number:04}"));
    paths.map(|path| (path.clone(), zk.create(&path, ""))).collect()
}
