//! Tasks that write where nobody else does.

use std::time::Duration;

use zk_tokio::{Acl, Create, CreateMode, Delete, Error, GetChildren, SetAcl, SetData};

use super::{Task, is_unknown, unique};

/// A folder that belongs to one task of one client.
#[derive(Debug)]
pub(super) struct Single {
    folder: String,
    next: usize,
    /// A node of which it is not known whether it was written.
    doubtful: Option<String>,
}

impl Single {
    pub(super) fn new(client: usize, number: usize) -> Self {
        Self { folder: format!("/singles/{client}-{number}"), next: 0, doubtful: None }
    }
}

impl Task {
    /// Creates, writes and deletes nodes, one operation at a time. If an answer is lost, it looks
    /// at the node before it goes on.
    pub(super) async fn work_alone(&mut self, single: &mut Single) {
        while self.goes_on().await {
            if let Some(path) = &single.doubtful {
                match self.look(&single.folder, path).await {
                    Ok(()) => single.doubtful = None,
                    Err(_) => continue,
                }
            }
            let path = format!("{}/n{}", single.folder, single.next);
            match self.write_alone(&path).await {
                Ok(true) => {}
                Ok(false) => single.next += 1, // deleted, or not to be used again
                result if is_unknown(&result) => single.doubtful = Some(path),
                Err(_) => {}
            }
        }
    }

    /// What became of a write.
    async fn look(&self, folder: &str, path: &str) -> Result<(), Error> {
        self.settle().await?;
        self.zk.call(GetChildren::new(folder).with_stat()).await?;
        match self.zk.get(path).await {
            Err(error) if error.code().is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// One operation; false if the node is to be left alone from now on.
    async fn write_alone(&mut self, path: &str) -> Result<bool, Error> {
        let (zk, data) = (&self.zk, unique());
        match self.rng.u8(..12) {
            0 | 1 => zk.create(path, &data).await.map(drop)?,
            2 => zk.call(Create::new(path, &data).with_stat()).await.map(drop)?,
            3 => zk.call(Create::new(path, &data).container()).await.map(drop)?,
            4..=6 => zk.set(path, &data).await.map(drop)?,
            7 => {
                let version = self.rng.i32(..3);
                zk.call(SetData::new(path, &data).version(version)).await.map(drop)?;
            }
            8 => {
                let acl = [Acl::OPEN, &[Acl::new(zk_proto::Permissions::READ, "ip", "10.0.0.1")]];
                let acl = acl.concat();
                zk.call(SetAcl::new(path, acl)).await.map(drop)?;
            }
            9 => zk.acl(path).await.map(drop)?,
            10 => {
                zk.call(Delete::new(path).version(self.rng.i32(..3))).await?;
                return Ok(false);
            }
            _ => {
                zk.delete(path).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Creates ephemeral nodes of this session. Hands back where, if it cannot be known of all
    /// whether they ever were.
    pub(super) async fn create_ephemerals(&mut self) -> Option<String> {
        let folder = format!("/own/{}", self.name);
        let prefix = format!("{folder}/e-");
        let mut last = None;
        while self.goes_on().await {
            let data = unique();
            let mode = match self.rng.bool() {
                true => CreateMode::EphemeralSequential,
                false => CreateMode::PersistentSequential,
            };
            let created = self.zk.call(Create::new(&prefix, &data).mode(mode)).await;
            if is_unknown(&created) && self.look_at_all(&folder).await.is_err() {
                return Some(folder);
            }
            let Ok(path) = created else { continue };
            let _ = self.zk.ephemerals(&folder).await;
            if let Some(last) = last.replace(path) {
                let deleted = self.zk.delete(&last).await;
                if is_unknown(&deleted) && self.look_at_all(&folder).await.is_err() {
                    return Some(folder);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    async fn look_at_all(&self, folder: &str) -> Result<(), Error> {
        self.settle().await?;
        let listing = self.zk.call(GetChildren::new(folder).with_stat()).await?;
        for name in &listing.children {
            self.zk.get(&format!("{folder}/{name}")).await?;
        }
        Ok(())
    }
}
