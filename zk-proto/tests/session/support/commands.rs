//! What the session is asked for.

use std::time::Duration;

use zk_proto::{Error, Host, Instant, Request, RequestId, Scope, Session, WatchRequest};

use super::{Call, Watcher, World, get, three_servers};

impl World {
    pub(crate) fn submit(&mut self, request: &impl Request) -> Call {
        self.submit_until(request, None)
    }

    pub(crate) fn submit_within(&mut self, request: &impl Request, time: Duration) -> Call {
        let deadline = self.now + time;
        self.submit_until(request, Some(deadline))
    }

    fn submit_until(&mut self, request: &impl Request, deadline: Option<Instant>) -> Call {
        self.try_submit(request, deadline).expect("the request is taken")
    }

    pub(crate) fn try_submit(
        &mut self,
        request: &impl Request,
        deadline: Option<Instant>,
    ) -> Result<Call, Error> {
        self.last_token += 1;
        let token = self.last_token;
        let scope = Scope { chroot: &self.chroot, deadline, ..Scope::default() };
        let result = self.session.submit(request, scope, token);
        self.finish_submit(result.map_err(|(_, error)| error))
    }

    /// Asks for an operation that leaves a watch.
    pub(crate) fn watch(&mut self, request: &impl WatchRequest, watcher: Watcher) -> Call {
        self.watch_until(request, watcher, None)
    }

    pub(crate) fn watch_until(
        &mut self,
        request: &impl WatchRequest,
        watcher: Watcher,
        deadline: Option<Instant>,
    ) -> Call {
        self.last_token += 1;
        let token = self.last_token;
        let scope = Scope { chroot: &self.chroot, deadline, ..Scope::default() };
        let result = self.session.submit_watch(request, scope, token, watcher);
        self.audit.watched(watcher);
        self.finish_submit(result.map_err(|(_, _, error)| error)).expect("the request is taken")
    }

    fn finish_submit(&mut self, result: Result<RequestId, Error>) -> Result<Call, Error> {
        let call = result.map(|id| Call { id, token: self.last_token });
        if call.is_ok() {
            self.audit.submitted(self.last_token);
        }
        self.drain();
        call
    }

    /// Nobody waits for it any more; says whether somebody had.
    pub(crate) fn cancel(&mut self, call: Call) -> bool {
        let cancelled = self.session.cancel(call.id);
        if let Some(cancelled) = &cancelled {
            self.audit.cancelled(cancelled.token, cancelled.watcher);
        }
        self.drain();
        cancelled.is_some()
    }

    /// Nobody wants the watch any more; says whether it was still there.
    pub(crate) fn unwatch(&mut self, path: &str, call: Call) -> bool {
        let watcher = self.session.unwatch(path, call.id);
        if let Some(watcher) = watcher {
            self.audit.unwatched(watcher);
        }
        self.drain();
        watcher.is_some()
    }

    pub(crate) fn add_auth(&mut self, scheme: &str, data: &str) -> Call {
        self.last_token += 1;
        let packet = zk_proto::AuthPacket::new(scheme, data.as_bytes());
        self.session.add_auth(packet, self.last_token).expect("the session is not over");
        self.audit.submitted(self.last_token);
        self.drain();
        let token = self.last_token;
        Call { id: self.an_id(), token }
    }

    /// Identities have no number: any will do.
    fn an_id(&mut self) -> RequestId {
        let mut other = Session::<(), ()>::new(three_servers());
        let scope = Scope { chroot: &self.chroot, ..Scope::default() };
        other.submit(&get("/"), scope, ()).expect("a number")
    }

    pub(crate) fn close(&mut self) {
        self.session.close(self.now);
        self.drain();
    }

    pub(crate) fn abandon(&mut self) {
        self.session.abandon();
        self.drain();
    }

    pub(crate) fn replace_hosts(&mut self, hosts: Vec<Host>) {
        self.session.replace_hosts(self.now, hosts);
        self.drain();
    }
}
