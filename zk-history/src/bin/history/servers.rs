//! The servers that are put to the test.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use zk_server::{Ensemble, apache};

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// An ensemble, and what can be done to its members, which are counted from 0.
pub(crate) trait Servers: Send + Sync {
    /// Where the members serve.
    fn addresses(&self) -> Vec<SocketAddr>;

    /// Who leads, once there is somebody and all members that run serve.
    fn leader(&self) -> Result<usize, Error>;

    /// Ends a member at once.
    fn kill(&self, member: usize);

    /// Starts it anew.
    fn restart(&self, member: usize) -> Result<(), Error>;

    /// Stops it in its tracks.
    fn freeze(&self, member: usize) -> Result<(), Error>;

    /// Lets it go on.
    fn thaw(&self, member: usize) -> Result<(), Error>;
}

/// Starts as many.
pub(crate) fn start(members: usize, in_process: bool) -> Result<Box<dyn Servers>, Error> {
    Ok(match in_process {
        true => Box::new(Ensemble::start(members)?),
        false => Box::new(apache::Ensemble::start(members, &apache::Options::new())?),
    })
}

impl Servers for apache::Ensemble {
    fn addresses(&self) -> Vec<SocketAddr> {
        self.members().map(apache::Server::address).collect()
    }

    fn leader(&self) -> Result<usize, Error> {
        Ok(self.wait_for_leader()?)
    }

    fn kill(&self, member: usize) {
        self.member(member).kill();
    }

    fn restart(&self, member: usize) -> Result<(), Error> {
        Ok(self.member(member).restart()?)
    }

    fn freeze(&self, member: usize) -> Result<(), Error> {
        Ok(self.member(member).freeze()?)
    }

    fn thaw(&self, member: usize) -> Result<(), Error> {
        Ok(self.member(member).thaw()?)
    }
}

impl Servers for Ensemble {
    fn addresses(&self) -> Vec<SocketAddr> {
        self.members().map(|member| member.address()).collect()
    }

    fn leader(&self) -> Result<usize, Error> {
        for _ in 0..1_000 {
            if let Some(leader) = Self::leader(self) {
                return Ok(leader);
            }
            sleep(Duration::from_millis(10));
        }
        Err("no member leads".into())
    }

    fn kill(&self, member: usize) {
        self.member(member).kill();
    }

    fn restart(&self, member: usize) -> Result<(), Error> {
        Ok(self.member(member).restart()?)
    }

    fn freeze(&self, member: usize) -> Result<(), Error> {
        self.member(member).freeze();
        Ok(())
    }

    fn thaw(&self, member: usize) -> Result<(), Error> {
        self.member(member).thaw();
        Ok(())
    }
}
