//! The last look: all that is there in the end.

use std::collections::BTreeSet;
use std::time::Duration;

use zk_tokio::{Error, GetChildren};

use crate::work::Plan;

/// How many nodes are read at once.
const AT_ONCE: usize = 256;

/// Reads the whole tree, once all sessions are over, but for the nodes in `shy`, at which nobody
/// may look.
pub(crate) async fn read_all(plan: &Plan, shy: &BTreeSet<String>) -> Result<(), Error> {
    tokio::time::sleep(plan.session_timeout + Duration::from_secs(2)).await;
    let zk = plan.builder().connect(&plan.servers).await?;
    zk.sync("/").await?;
    let mut open: Vec<String> =
        zk.children("/").await?.iter().map(|name| format!("/{name}")).collect();
    open.retain(|path| path != "/zookeeper");
    while !open.is_empty() {
        let now = open.split_off(open.len().saturating_sub(AT_ONCE));
        let reads: Vec<_> = now
            .iter()
            .map(|path| (path, zk.get(path), zk.call(GetChildren::new(path).with_stat())))
            .collect();
        for (path, node, listing) in reads {
            node.await?;
            let children = listing.await?.children;
            open.extend(children.iter().map(|name| format!("{path}/{name}")));
        }
        open.retain(|path| !shy.contains(path));
    }
    zk.close().await
}
