//! What the session is asked for.

use arbitrary::{Result, Unstructured};
use zk_proto::{
    AddWatch, AuthPacket, Chroot, Create, Delete, Error, Exists, GetChildren, GetConfig, GetData,
    GetEphemerals, Instant, Multi, Request, RequestId, Scope, SetData, Sync, WatchMode,
    WatchRequest,
};

use super::config;
use super::world::World;
use crate::parts;

/// Valid or not, and some of them below [`app`].
pub(super) const PATHS: [&str; 8] =
    ["/", "/a", "/a/b", "/c", "/app/a", "/app", "a//b", "/a/very/long/path/of/many/names/x"];

impl World {
    pub(super) fn submit(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let (path, scope) = (*script.choose(&PATHS)?, self.scope(script)?);
        match script.int_in_range(0..=7)? {
            0 => self.ask(&GetData::new(path), path, scope),
            1 => self.ask(&SetData::new(path, &[7; 100]), path, scope),
            2 => self.ask(&Create::new(path, "data").ephemeral_sequential(), path, scope),
            3 => self.ask(&Delete::new(path), path, scope),
            4 => self.ask(&Multi::new().check(path, 3).delete(path), path, scope),
            5 => self.ask(&Sync::new(path), path, scope),
            6 => self.ask(&GetEphemerals::new(path), path, scope),
            _ => self.ask(&SetData::new(path, &[7; 400]), path, scope),
        }
        Ok(())
    }

    pub(super) fn watch(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let (path, scope) = (*script.choose(&PATHS)?, self.scope(script)?);
        match script.int_in_range(0..=5)? {
            0 => self.ask_and_watch(&GetData::new(path), path, scope),
            1 => self.ask_and_watch(&Exists::new(path), path, scope),
            2 => self.ask_and_watch(&GetChildren::new(path), path, scope),
            3 => self.ask_and_watch(&AddWatch::new(path, WatchMode::Persistent), path, scope),
            4 => self.ask_and_watch(&AddWatch::new(path, WatchMode::Recursive), path, scope),
            _ => self.ask_and_watch(&GetConfig, GetConfig::PATH, scope),
        }
        Ok(())
    }

    /// One call in four has a deadline, one in four a chroot.
    fn scope(&self, script: &mut Unstructured<'_>) -> Result<(Chroot, Option<Instant>)> {
        let chroot = if script.ratio(1, 4)? { app() } else { Chroot::root() };
        let deadline = script.ratio(1, 4)?.then(|| parts::time(script)).transpose()?;
        Ok((chroot, deadline.map(|time| self.now + time)))
    }

    fn ask(
        &mut self,
        request: &impl Request,
        path: &str,
        (chroot, deadline): (Chroot, Option<Instant>),
    ) {
        self.last_token += 1;
        let scope = Scope { chroot: &chroot, deadline, ..Scope::default() };
        let result = self.session.submit(request, scope, self.last_token);
        let result = result.map_err(|(token, error)| (token, None, error));
        self.asked(result, chroot.server_path(path), deadline);
    }

    fn ask_and_watch(
        &mut self,
        request: &impl WatchRequest,
        path: &str,
        (chroot, deadline): (Chroot, Option<Instant>),
    ) {
        self.last_token += 1;
        let (token, watcher) = (self.last_token, self.last_token);
        let scope = Scope { chroot: &chroot, deadline, ..Scope::default() };
        let result = self.session.submit_watch(request, scope, token, watcher);
        if result.is_ok() {
            self.audit.watched(watcher);
        }
        let result = result.map_err(|(token, watcher, error)| (token, Some(watcher), error));
        self.asked(result, chroot.server_path(path), deadline);
    }

    /// What is refused comes back at once, with all that belongs to it.
    fn asked(
        &mut self,
        result: std::result::Result<RequestId, (u32, Option<u32>, Error)>,
        server_path: String,
        deadline: Option<Instant>,
    ) {
        match result {
            Ok(id) => {
                self.audit.submitted(self.last_token, deadline);
                self.calls.push((id, server_path));
            }
            Err((token, watcher, _)) => {
                assert_eq!((token, watcher.unwrap_or(token)), (self.last_token, self.last_token));
            }
        }
        self.drain();
    }

    pub(super) fn cancel(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        if !self.calls.is_empty() {
            let (id, _) = script.choose(&self.calls)?;
            if let Some(cancelled) = self.session.cancel(*id) {
                self.audit.cancelled(cancelled.token, cancelled.watcher);
            }
            self.drain();
        }
        Ok(())
    }

    pub(super) fn unwatch(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        if !self.calls.is_empty() {
            let (id, path) = script.choose(&self.calls)?;
            if let Some(watcher) = self.session.unwatch(path, *id) {
                self.audit.unwatched(watcher);
            }
            self.drain();
        }
        Ok(())
    }

    pub(super) fn add_auth(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        self.last_token += 1;
        let packet = AuthPacket::new("digest", parts::bytes(script)?);
        match self.session.add_auth(packet, self.last_token) {
            Ok(()) => self.audit.submitted(self.last_token, None),
            Err((token, _)) => assert_eq!(token, self.last_token),
        }
        self.drain();
        Ok(())
    }

    pub(super) fn replace_hosts(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        self.session.replace_hosts(self.now, config::hosts(script)?);
        self.drain();
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.session.close(self.now);
        self.drain();
    }

    pub(super) fn abandon(&mut self) {
        self.session.abandon();
        self.drain();
    }
}

/// What some callers see as their root.
fn app() -> Chroot {
    Chroot::new("/app").expect("a path")
}
