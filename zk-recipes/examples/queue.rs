//! Two workers share the jobs of a queue. One of them dies at work, and its job goes to the other.
//!
//!     cargo run -p zk-recipes --example queue
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_recipes::queue::AcknowledgedQueue;
use zk_server::Server;
use zk_tokio::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let boss = Client::connect(&server.connect_string()).await?;
    let jobs = AcknowledgedQueue::new(&boss, "/jobs");
    jobs.put_many(["paint the fence", "mow the lawn", "mail the bill"]).await?;

    let careless = Client::connect(&server.connect_string()).await?;
    let job = AcknowledgedQueue::new(&careless, "/jobs").take().await?;
    println!("one begins: {}", String::from_utf8_lossy(job.data()));
    server.expire_session(careless.session_id());
    println!("and is gone");

    let worker = Client::connect(&server.connect_string()).await?;
    let worker = tokio::spawn(work_off(worker));
    worker.await??;
    assert_eq!(jobs.len().await?, 0);
    boss.close().await?;
    Ok(())
}

async fn work_off(zk: Client) -> Result<(), Error> {
    let jobs = AcknowledgedQueue::new(&zk, "/jobs");
    while let Some(job) = jobs.try_take().await? {
        println!("the other does it: {}", String::from_utf8_lossy(job.data()));
        job.acknowledge().await?;
    }
    zk.close().await
}
