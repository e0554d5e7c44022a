//! Connections that are made in other ways than by TCP, or not at all.

use std::future::{Future, pending};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_io::Async;
use zk_async_std::{Connector, Host, Pending, Stream, Target};

/// A socket in the file system.
#[derive(Debug)]
pub(crate) struct Unix(pub(crate) PathBuf);

impl Connector for Unix {
    fn connect<'a>(&'a self, _: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async {
            Ok(Box::new(Async::<UnixStream>::connect(&self.0).await?) as Box<dyn Stream>)
        })
    }
}

/// Never finds `slow.invalid`.
#[derive(Debug)]
pub(crate) struct SlowNames(pub(crate) SocketAddr);

impl Connector for SlowNames {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async { Ok(Box::new(Async::<TcpStream>::connect(target.address).await?) as _) })
    }

    fn resolve<'a>(&'a self, host: &'a Host) -> Pending<'a, Vec<SocketAddr>> {
        Box::pin(async {
            match &*host.name {
                "slow.invalid" => pending().await,
                _ => Ok(vec![self.0]),
            }
        })
    }
}

/// Begins to connect, and never comes to an end. Counts those that go on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endless(Arc<AtomicUsize>);

impl Endless {
    pub(crate) fn attempts(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connector for Endless {
    fn connect<'a>(&'a self, _: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(self.attempt())
    }
}

impl Endless {
    fn attempt(&self) -> impl Future<Output = std::io::Result<Box<dyn Stream>>> + use<> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let attempt = Attempt(self.0.clone());
        async move {
            let _attempt = attempt;
            pending().await
        }
    }
}

struct Attempt(Arc<AtomicUsize>);

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
