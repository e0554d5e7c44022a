//! What the clients do: everything, in a way that lets be known what became of it.
//!
//! A write whose answer is lost can be found out about later, because of one of these:
//!
//! * Where several clients write, a write is a transaction that also creates a *receipt*: a node
//!   that nobody else creates and nobody deletes.
//! * Where only one task writes, it looks at what it has written before it goes on, after a write
//!   of its own that comes after the lost one.
//! * Registers are written if they have a version, and never deleted: each version is of one write.
//! * Each session has a node whose one child is ephemeral: the list of children changed last when
//!   the session ended.

mod shared;
mod single;
mod watching;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::{Instant, sleep, timeout};
use zk_proto::OpCode;
use zk_tokio::{Builder, Client, Create, Error, Multi, Outcome, SetData};

use crate::tap::Tap;
use single::Single;

/// The operations that are asked for at least once.
pub(crate) const OPERATIONS: &[OpCode] = &[
    OpCode::Create,
    OpCode::Create2,
    OpCode::CreateContainer,
    OpCode::Delete,
    OpCode::Exists,
    OpCode::GetData,
    OpCode::SetData,
    OpCode::GetAcl,
    OpCode::SetAcl,
    OpCode::GetChildren,
    OpCode::GetChildren2,
    OpCode::Sync,
    OpCode::Multi,
    OpCode::MultiRead,
    OpCode::GetEphemerals,
    OpCode::GetAllChildrenNumber,
    OpCode::AddWatch,
    OpCode::RemoveWatches,
    OpCode::CloseSession,
];

/// How clients work.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) servers: String,
    pub(crate) tap: Tap,
    pub(crate) session_timeout: Duration,
    pub(crate) pause: Duration,
}

/// One client, with one session after the other.
#[derive(Debug)]
struct Worker {
    plan: Arc<Plan>,
    number: usize,
    end: Instant,
    shy: Arc<Mutex<BTreeSet<String>>>,
}

/// A session at work, for one of its tasks.
#[derive(Clone, Debug)]
struct Task {
    zk: Client,
    /// What no other session has in its paths.
    name: Arc<str>,
    client: usize,
    end: Instant,
    pause: Duration,
    rng: Rng,
}

/// How many of each there are.
const SHARED: usize = 5;
const REGISTERS: usize = 3;
const LOCKS: usize = 3;
/// How many tasks of a client work on a folder of their own.
const SINGLES: usize = 2;

impl Plan {
    pub(crate) fn builder(&self) -> Builder {
        Client::builder().session_timeout(self.session_timeout).connector(self.tap.clone())
    }

    /// Lets clients work for some time. Hands back the nodes at which nobody may look.
    pub(crate) async fn work(
        self: &Arc<Self>,
        clients: usize,
        time: Duration,
        rng: &mut Rng,
    ) -> Result<BTreeSet<String>, crate::servers::Error> {
        self.prepare(clients).await?;
        let (end, shy) = (Instant::now() + time, Arc::default());
        let workers: Vec<_> = (0..clients)
            .map(|number| {
                let worker = Worker { plan: self.clone(), number, end, shy: Arc::clone(&shy) };
                tokio::spawn(worker.work(rng.fork()))
            })
            .collect();
        for worker in workers {
            worker.await?;
        }
        let shy = std::mem::take(&mut *shy.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(shy)
    }

    async fn prepare(&self, clients: usize) -> Result<(), Error> {
        let zk = self.builder().connect(&self.servers).await?;
        let folders = "clients singles shared registers queue receipts sessions own locks";
        for folder in folders.split(' ') {
            zk.create(&format!("/{folder}"), "").await?;
        }
        for client in 0..clients {
            zk.create(&format!("/clients/{client}"), "").await?;
            for single in 0..SINGLES {
                zk.create(&format!("/singles/{client}-{single}"), "").await?;
            }
        }
        for register in 0..REGISTERS {
            zk.create(&format!("/registers/{register}"), unique()).await?;
        }
        zk.close().await
    }
}

impl Worker {
    async fn work(self, mut rng: Rng) {
        let mut singles: Vec<_> =
            (0..SINGLES).map(|single| Single::new(self.number, single)).collect();
        while Instant::now() < self.end {
            let Ok(zk) = self.plan.builder().connect(&self.plan.servers).await else { continue };
            let life = Duration::from_millis(rng.u64(5_000..20_000));
            let task = Task {
                zk,
                name: unique().into(),
                client: self.number,
                end: self.end.min(Instant::now() + life),
                pause: self.plan.pause,
                rng: rng.fork(),
            };
            self.live(task, &mut singles).await;
        }
    }

    /// The life of one session.
    async fn live(&self, mut task: Task, singles: &mut [Single]) {
        if task.begin().await.is_ok() {
            let tasks = [
                tokio::spawn(task.fork().write_shared()),
                tokio::spawn(task.fork().write_registers()),
                tokio::spawn(task.fork().queue()),
                tokio::spawn(task.fork().lock()),
                tokio::spawn(task.fork().read()),
                tokio::spawn(task.fork().watch_once()),
                tokio::spawn(task.fork().watch_always()),
            ];
            let mut own = task.fork();
            let shy = own.create_ephemerals();
            let (mut first, mut second) = (task.fork(), task.fork());
            let singles = match singles {
                [one, two] => (first.work_alone(one), second.work_alone(two)),
                _ => return,
            };
            let (shy, _, _) = tokio::join!(shy, singles.0, singles.1);
            if let Some(path) = shy {
                self.shy.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
            }
            for task in tasks {
                let _ = task.await;
            }
        }
        // Many sessions end without a word.
        if task.rng.bool() {
            let _ = timeout(self.plan.session_timeout, task.zk.close()).await;
        } else {
            task.zk.detach();
        }
    }
}

impl Task {
    fn fork(&mut self) -> Self {
        Self { rng: self.rng.fork(), ..self.clone() }
    }

    /// A node that goes with the session, and tells when that was.
    async fn begin(&mut self) -> Result<(), Error> {
        let name = &self.name;
        let session = format!("/sessions/{name}");
        let (receipts, own) = (format!("/receipts/{name}"), format!("/own/{name}"));
        let (alive, data) = (format!("{session}/alive"), unique());
        let begin = Multi::new()
            .create(&session, &data)
            .create(&receipts, &data)
            .create(&own, &data)
            .add(Create::new(&alive, &data).ephemeral());
        self.zk.call(begin).await.map(drop)
    }

    /// Waits for the next turn; false when there is none.
    async fn goes_on(&self) -> bool {
        sleep(self.pause).await;
        Instant::now() < self.end && !self.zk.state().is_over()
    }

    /// A transaction that leaves a node behind, by which it can be told that it happened.
    async fn with_receipt(&self, multi: Multi<'_>) -> Result<(), Error> {
        let data = unique();
        let receipt = format!("/receipts/{}/{data}", self.name);
        self.zk.call(multi.create(&receipt, &data)).await.map(drop)
    }

    /// Makes sure that no write that was asked for before can happen any more: one that is asked
    /// for now has happened.
    async fn settle(&self) -> Result<(), Error> {
        let path = format!("/clients/{}", self.client);
        loop {
            match self.zk.call(SetData::new(&path, &unique())).await {
                Err(error) if !error.is_session_over() && self.goes_on().await => {}
                other => return other.map(drop),
            }
        }
    }
}

/// What occurs once in all of the history.
fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("u{:x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn is_unknown<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(error) if error.outcome() == Outcome::Unknown)
}
