//! As many watchers as a test wants.

use std::sync::OnceLock;

use crate::support::Watcher;

/// That many names.
pub(crate) fn numbered(count: usize) -> &'static [Watcher] {
    static NAMES: OnceLock<Vec<Watcher>> = OnceLock::new();
    let name = |number: usize| &*Box::leak(number.to_string().into_boxed_str());
    &NAMES.get_or_init(|| (0..2_000).map(name).collect())[..count]
}
