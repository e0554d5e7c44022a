//! Who watches one path.

use alloc::vec::Vec;

use super::output::{Change, News};
use super::watches::WatchKind;
use crate::records::EventType;

/// What there is at one path.
#[derive(Debug)]
pub(super) struct Spot<W> {
    pub(super) watchers: Watchers<W>,
    /// How many requests are under way that may leave a watch here.
    pub(super) awaited: u32,
}

#[derive(Debug)]
pub(super) struct Watcher<W> {
    pub(super) id: u64,
    pub(super) kind: WatchKind,
    pub(super) token: W,
}

/// Nearly always one: so the first costs no allocation.
#[derive(Debug)]
pub(super) enum Watchers<W> {
    Few(Option<Watcher<W>>),
    Many(Vec<Watcher<W>>),
}

impl<W> Spot<W> {
    pub(super) fn new() -> Self {
        Self { watchers: Watchers::Few(None), awaited: 0 }
    }

    /// The watcher here, if it is the only one, sees such an event, and that is all that it sees.
    pub(super) fn take_only(&mut self, event: EventType) -> Option<Watcher<W>> {
        match &mut self.watchers {
            Watchers::Few(one) => {
                one.take_if(|watcher| watcher.kind.sees(event) && !watcher.kind.is_persistent())
            }
            Watchers::Many(_) => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.awaited == 0 && self.watchers.iter().next().is_none()
    }
}

impl<W> Watchers<W> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Watcher<W>> {
        let (one, many) = match self {
            Self::Few(one) => (one.as_ref(), &[][..]),
            Self::Many(many) => (None, &**many),
        };
        one.into_iter().chain(many)
    }

    /// The kinds among them, each once.
    pub(super) fn kinds(&self) -> impl Iterator<Item = WatchKind> {
        WatchKind::ALL.into_iter().filter(|kind| self.iter().any(|watcher| watcher.kind == *kind))
    }

    pub(super) fn push(&mut self, watcher: Watcher<W>) {
        match self {
            Self::Few(one) => match one.take() {
                None => *one = Some(watcher),
                Some(first) => *self = Self::Many([first, watcher].into()),
            },
            Self::Many(many) => many.push(watcher),
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Watcher<W>> {
        match self {
            Self::Few(one) => one.take_if(|watcher| watcher.id == id),
            Self::Many(many) => {
                let at = many.iter().position(|watcher| watcher.id == id)?;
                Some(many.remove(at))
            }
        }
    }

    pub(super) fn into_tokens(self) -> impl Iterator<Item = W> {
        let (one, many) = match self {
            Self::Few(one) => (one, Vec::new()),
            Self::Many(many) => (None, many),
        };
        one.into_iter().chain(many).map(|watcher| watcher.token)
    }
}

impl<W: Clone> Watchers<W> {
    /// Tells those that see it; returns how many that was all for.
    pub(super) fn fire(&mut self, change: &Change, tell: &mut impl FnMut(W, News)) -> usize {
        match self {
            Self::Few(one) => {
                let Some(watcher) = one.take_if(|watcher| watcher.kind.sees(change.kind)) else {
                    return 0;
                };
                if watcher.kind.is_persistent() {
                    tell(watcher.token.clone(), News::Change(change.clone()));
                    *one = Some(watcher);
                    return 0;
                }
                tell(watcher.token, News::Last(change.clone()));
                1
            }
            Self::Many(many) => {
                let before = many.len();
                for watcher in core::mem::take(many) {
                    if !watcher.kind.sees(change.kind) {
                        many.push(watcher);
                    } else if watcher.kind.is_persistent() {
                        tell(watcher.token.clone(), News::Change(change.clone()));
                        many.push(watcher);
                    } else {
                        tell(watcher.token, News::Last(change.clone()));
                    }
                }
                before.saturating_sub(many.len())
            }
        }
    }
}
