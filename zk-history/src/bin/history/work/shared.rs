//! Tasks that write where others do as well, and those that read.

use zk_tokio::{
    Check, Create, Delete, Error, GetAllChildrenNumber, GetChildren, Multi, MultiRead, SetData,
};

use super::{LOCKS, REGISTERS, SHARED, Task, unique};

impl Task {
    /// Creates, writes and deletes nodes that others do, too.
    pub(super) async fn write_shared(mut self) {
        while self.goes_on().await {
            let _ = self.write_one().await;
        }
    }

    async fn write_one(&mut self) -> Result<(), Error> {
        let (path, data) = (format!("/shared/{}", self.rng.usize(..SHARED)), unique());
        let child = format!("{path}/{}", self.rng.usize(..2));
        let version = self.rng.i32(..4);
        let multi = Multi::new();
        let multi = match self.rng.u8(..10) {
            0..=2 => multi.set(&path, &data),
            3 => multi.add(SetData::new(&path, &data).version(version)),
            4 => multi.create(&path, &data),
            5 => multi.create(&path, &data).create(&child, &data),
            6 => multi.add(Check::new(&path, version)).add(Create::new(&child, &data).with_stat()),
            7 => multi.delete(&child),
            8 => multi.delete(&child).delete(&path),
            _ => multi.add(Delete::new(&path).version(version)),
        };
        self.with_receipt(multi).await
    }

    /// Writes what it has read, if nobody else has written meanwhile.
    pub(super) async fn write_registers(mut self) {
        while self.goes_on().await {
            let path = format!("/registers/{}", self.rng.usize(..REGISTERS));
            if let Ok(node) = self.zk.get(&path).await {
                let data = unique();
                let set = SetData::new(&path, &data).version(node.stat.version);
                let _ = self.zk.call(set).await;
            }
        }
    }

    /// Puts something into a queue, and takes out what is old. More is taken than put, or the queue
    /// would grow: most who take find that another was faster.
    pub(super) async fn queue(mut self) {
        while self.goes_on().await {
            let _ = match self.rng.u8(..3) {
                0 => {
                    let data = unique();
                    self.zk.call(Create::new("/queue/q-", &data).sequential()).await.map(drop)
                }
                _ => self.take().await,
            };
        }
    }

    async fn take(&mut self) -> Result<(), Error> {
        let children = self.zk.children("/queue").await?;
        let mut names: Vec<_> = children.iter().collect();
        names.sort_unstable();
        names.truncate(8);
        if let Some(name) = self.rng.choice(names) {
            let path = format!("/queue/{name}");
            self.zk.get(&path).await?;
            self.with_receipt(Multi::new().delete(&path)).await?;
        }
        Ok(())
    }

    /// Holds locks for a while, or until the session is over.
    pub(super) async fn lock(mut self) {
        while self.goes_on().await {
            let (path, data) = (format!("/locks/{}", self.rng.usize(..LOCKS)), unique());
            let create = Multi::new().add(Create::new(&path, &data).ephemeral());
            if self.with_receipt(create).await.is_ok() && self.rng.u8(..4) > 0 {
                let _ = self.with_receipt(Multi::new().delete(&path)).await;
            }
        }
    }

    /// Reads everything.
    pub(super) async fn read(mut self) {
        while self.goes_on().await {
            let _ = self.read_one().await;
        }
    }

    async fn read_one(&mut self) -> Result<(), Error> {
        let zk = &self.zk;
        let path = match self.rng.u8(..6) {
            0 => format!("/registers/{}", self.rng.usize(..REGISTERS)),
            1 => format!("/locks/{}", self.rng.usize(..LOCKS)),
            2 => "/shared".to_owned(),
            3 => format!("/shared/{}/{}", self.rng.usize(..SHARED), self.rng.usize(..2)),
            _ => format!("/shared/{}", self.rng.usize(..SHARED)),
        };
        match self.rng.u8(..8) {
            0 => zk.exists(&path).await.map(drop),
            1 | 2 => zk.get(&path).await.map(drop),
            3 => zk.children(&path).await.map(drop),
            4 => zk.call(GetChildren::new(&path).with_stat()).await.map(drop),
            5 => zk.call(GetAllChildrenNumber::new(&path)).await.map(drop),
            6 => zk
                .call(MultiRead::new().get(&path).children("/locks").get("/shared"))
                .await
                .map(drop),
            _ => zk.sync(&path).await.map(drop),
        }
    }
}
