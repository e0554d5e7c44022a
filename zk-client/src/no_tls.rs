//! What stands for TLS where the feature is off: there is never any of it.

use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{Action, Host, Instant};

use crate::shared::{Core, Shared};

#[derive(Clone, Debug)]
pub(crate) enum Tls {}

pub(crate) enum Line {}

pub(crate) struct Turn;

pub(crate) enum Stream {}

impl Tls {
    pub(crate) fn connect(&self, _: &Host) -> Result<Box<Stream>, String> {
        match *self {}
    }
}

impl Line {
    pub(crate) fn new(tls: Tls) -> Self {
        match tls {}
    }

    pub(crate) fn tls(&self) -> &Tls {
        match *self {}
    }

    pub(crate) fn note(&self, _: &Action) {
        match *self {}
    }

    pub(crate) fn connected(&self, _: &Shared) {
        match *self {}
    }

    pub(crate) fn input(&self, _: &Shared, _: &mut Inbox) {
        match *self {}
    }

    pub(crate) fn disconnected(&self, _: String) -> String {
        match *self {}
    }

    pub(crate) fn begin_transmit(&self, _: &mut Outbox) -> Turn {
        match *self {}
    }

    pub(crate) fn end_transmit(&self, _: &Shared, _: Turn, _: &mut Outbox) {
        match *self {}
    }
}

impl Turn {
    pub(crate) fn ask(&mut self, _: &mut Core, _: Instant) {}
}

impl Stream {
    pub(crate) fn is_ready(&self) -> bool {
        match *self {}
    }

    pub(crate) fn receive(&mut self, _: &mut Inbox) -> Result<(), String> {
        match *self {}
    }

    pub(crate) fn inbox(&mut self) -> &mut Inbox {
        match *self {}
    }

    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        match *self {}
    }

    pub(crate) fn transmit(&mut self, _: &mut Outbox) {
        match *self {}
    }

    pub(crate) fn is_at_end(&mut self) -> bool {
        match *self {}
    }

    pub(crate) fn explain_end(&self, _: &str) -> String {
        match *self {}
    }
}
