//! Which paths ZooKeeper accepts, and a chroot as a view on them.

use alloc::borrow::Cow;
use alloc::string::String;

/// What is wrong with a path (`PathUtils.validatePath`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It does not start with a slash.
    #[error("it does not start with /")]
    Relative,
    /// It ends with a slash.
    #[error("it ends with /")]
    TrailingSlash,
    /// Two slashes follow each other.
    #[error("it has an empty segment")]
    EmptySegment,
    /// A segment is `.` or `..`.
    #[error("it has a segment . or ..")]
    DotSegment,
    /// It has a character that ZooKeeper does not allow in paths.
    #[error("it has the character {0:?}, which is not allowed")]
    Character(char),
}

/// Checks that ZooKeeper accepts a path.
///
/// # Errors
///
/// What is wrong with it. The rules are those of `PathUtils.validatePath`; characters above
/// U+FFFF are refused as well, because Java sees them as surrogates, which it refuses.
///
/// ```
/// use zk_proto::{PathError, validate_path};
///
/// assert_eq!(validate_path("/app/config"), Ok(()));
/// assert_eq!(validate_path("app"), Err(PathError::Relative));
/// ```
#[inline]
pub fn validate_path(path: &str) -> Result<(), PathError> {
    let bytes = path.as_bytes();
    match bytes {
        [] => Err(PathError::Empty),
        [b'/'] => Ok(()),
        [b'/', .., b'/'] => Err(PathError::TrailingSlash),
        [b'/', ..] if is_plain(bytes) => Ok(()),
        [b'/', rest @ ..] => validate_segments(rest, path),
        _ => Err(PathError::Relative),
    }
}

/// Checks the path of a sequential node: the server appends a number, so it may end in a slash.
///
/// # Errors
///
/// See [`validate_path`].
pub fn validate_sequential_path(path: &str) -> Result<(), PathError> {
    match path.strip_suffix('/') {
        Some("") => Ok(()),
        Some("/") => Err(PathError::EmptySegment),
        Some(parent) => validate_path(parent),
        // `/a/..` is `/a/..0000000001` in the end: only the segments before the last must be whole.
        None => match validate_path(path) {
            Err(PathError::DotSegment)
                if parent_of(path).is_none_or(|p| validate_path(p).is_ok()) =>
            {
                Ok(())
            }
            result => result,
        },
    }
}

/// The parent of a path: `None` for the root.
///
/// ```
/// use zk_proto::parent_of;
///
/// assert_eq!(parent_of("/a/b"), Some("/a"));
/// assert_eq!(parent_of("/a"), Some("/"));
/// assert_eq!(parent_of("/"), None);
/// ```
#[must_use]
pub fn parent_of(path: &str) -> Option<&str> {
    match path.rsplit_once('/')? {
        ("", "") => None,
        ("", _) => Some("/"),
        (parent, _) => Some(parent),
    }
}

/// Whether there is nothing in a path that needs a closer look: only printable ASCII, and no slash
/// with another one or a dot behind it. Eight bytes at a time, each step seeing the last byte of
/// the one before again, since paths are checked with every request.
fn is_plain(path: &[u8]) -> bool {
    let Some(last) = path.last_chunk::<8>() else { return is_plain_short(path) };
    let mut rest = path;
    while let Some(word) = rest.first_chunk::<8>() {
        if !is_plain_word(u64::from_le_bytes(*word)) {
            return false;
        }
        rest = rest.get(7..).unwrap_or_default();
    }
    is_plain_word(u64::from_le_bytes(*last))
}

fn is_plain_short(path: &[u8]) -> bool {
    let mut before = 0;
    path.iter().all(|&byte| {
        let pair = (core::mem::replace(&mut before, byte), byte);
        (0x20..0x7f).contains(&byte) && !matches!(pair, (b'/', b'/' | b'.'))
    })
}

/// The same for eight bytes, the first one lowest: bit tricks, of which a property test holds
/// every result against the plain way.
fn is_plain_word(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    // Per byte, the high bit: none is set before, and sums do not reach the next byte.
    let at_least_space = word.wrapping_add(ONES.wrapping_mul(0x80 - 0x20));
    let is_delete = word.wrapping_add(ONES);
    let zero = |bytes: u64| !(bytes.wrapping_add(HIGH ^ u64::MAX) | bytes) & HIGH;
    let slash = zero(word ^ ONES.wrapping_mul(b'/' as u64));
    let slash_or_dot = zero((word | ONES) ^ ONES.wrapping_mul(b'/' as u64));
    word & HIGH == 0
        && at_least_space & HIGH == HIGH
        && is_delete & HIGH == 0
        && slash_or_dot & (slash << 8) == 0
}

fn validate_segments(rest: &[u8], path: &str) -> Result<(), PathError> {
    for segment in rest.split(|&byte| byte == b'/') {
        match segment {
            [] => return Err(PathError::EmptySegment),
            b"." | b".." => return Err(PathError::DotSegment),
            _ => {}
        }
    }
    match path.chars().find(|&c| is_refused(c)) {
        Some(c) => Err(PathError::Character(c)),
        None => Ok(()),
    }
}

fn is_refused(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..)
}

/// The part of the tree that a client sees as its own: `/app` makes the server's `/app/x` its `/x`.
///
/// ```
/// use zk_proto::Chroot;
///
/// let chroot = Chroot::new("/app")?;
/// assert_eq!(chroot.strip("/app/x"), Some("/x"));
/// assert_eq!(chroot.strip("/app"), Some("/"));
/// assert_eq!(chroot.strip("/app2"), None);
/// assert_eq!(chroot.server_path("/"), "/app");
/// # Ok::<(), zk_proto::PathError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Chroot(Cow<'static, str>);

impl Chroot {
    /// A view on the whole tree.
    pub const ALL: Self = Self(Cow::Borrowed(""));

    /// A view on the whole tree.
    #[must_use]
    pub const fn root() -> Self {
        Self::ALL
    }

    /// A view on what is below `path`, which need not exist.
    ///
    /// # Errors
    ///
    /// See [`validate_path`].
    pub fn new(path: &str) -> Result<Self, PathError> {
        validate_path(path)?;
        Ok(Self(Cow::Owned(path.strip_suffix('/').unwrap_or(path).into())))
    }

    /// A view on what is below `path` of this view.
    ///
    /// # Errors
    ///
    /// See [`validate_path`].
    pub fn join(&self, path: &str) -> Result<Self, PathError> {
        validate_path(path)?;
        let whole = self.server_path(path);
        Ok(Self(Cow::Owned(whole.strip_suffix('/').unwrap_or(&whole).into())))
    }

    /// The path as the server knows it.
    #[must_use]
    pub fn server_path(&self, path: &str) -> String {
        let mut whole = String::with_capacity(self.0.len().saturating_add(path.len()));
        whole.push_str(&self.0);
        whole.push_str(self.suffix(path));
        whole
    }

    /// The server's path as this view has it; `None` if it is outside.
    #[inline]
    #[must_use]
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        match path.strip_prefix(&*self.0)? {
            "" if !self.0.is_empty() => Some("/"),
            rest if rest.starts_with('/') || self.0.is_empty() => Some(rest),
            _ => None,
        }
    }

    /// What precedes each path: empty for the whole tree.
    #[inline]
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// What is to follow the prefix: nothing for the root of a view that is not the whole tree.
    #[inline]
    pub(crate) fn suffix<'a>(&self, path: &'a str) -> &'a str {
        if path == "/" && !self.0.is_empty() { "" } else { path }
    }
}
