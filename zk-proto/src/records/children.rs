//! The children of a znode, in one buffer.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::error::Malformed;
use crate::wire::{Reader, put_int, put_string};

/// The names of a znode's children, in no order.
///
/// All names stay in the one buffer that they came in: nothing is allocated for them.
///
/// ```
/// use zk_proto::Children;
///
/// let children = Children::from_names(["a", "b"]);
/// assert_eq!(children.len(), 2);
/// assert_eq!(children.iter().collect::<Vec<_>>(), ["a", "b"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Children {
    /// The names, each with its length before it. Checked when it was read.
    names: Bytes,
    count: usize,
}

impl Children {
    /// A list of these names.
    #[must_use]
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut buffer = Vec::new();
        let count = names.into_iter().map(|name| put_string(&mut buffer, name)).count();
        Self { names: buffer.into(), count }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there is one of this name. Looks at each.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|child| child == name)
    }

    /// The names, in the order in which the server sent them.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            names: &self.names,
            text: core::str::from_utf8(&self.names).ok(),
            at: 0,
            left: self.count,
        }
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, i32::try_from(self.count).unwrap_or(i32::MAX));
        out.extend_from_slice(&self.names);
    }

    /// Reads a message that begins with such a list; returns how many bytes it took as well.
    ///
    /// # Errors
    ///
    /// The message does not, or a name is empty or not UTF-8.
    pub fn decode(message: &Bytes) -> Result<(Self, usize), Malformed> {
        let mut reader = Reader::new(message);
        let count = reader.count("number of children", 4)?;
        let names = reader.rest();
        // Short ASCII names, with their lengths, are UTF-8 as a whole: checked at memory speed.
        let text = core::str::from_utf8(names).ok();
        for _ in 0..count {
            let name = reader.buffer("child name")?.unwrap_or_default();
            let end = names.len().saturating_sub(reader.rest().len());
            let is_text = match text {
                Some(text) => text.get(end.saturating_sub(name.len())..end).is_some(),
                None => core::str::from_utf8(name).is_ok(),
            };
            if name.is_empty() || !is_text {
                return Err(Malformed("child name"));
            }
        }
        let start = message.len().saturating_sub(names.len());
        let end = message.len().saturating_sub(reader.rest().len());
        Ok((Self { names: message.slice(start..end), count }, end))
    }
}

/// The names of a list of [`Children`].
#[derive(Clone)]
pub struct Iter<'a> {
    names: &'a [u8],
    /// All of it as text, if it is: then a name need not be checked again.
    text: Option<&'a str>,
    at: usize,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        self.left = self.left.checked_sub(1)?;
        let prefix = self.names.get(self.at..)?.first_chunk::<4>()?;
        let start = self.at.saturating_add(4);
        let end = start.saturating_add(usize::try_from(i32::from_be_bytes(*prefix)).ok()?);
        self.at = end;
        match self.text {
            Some(text) => text.get(start..end),
            None => core::str::from_utf8(self.names.get(start..end)?).ok(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Children {
    type Item = &'a str;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Children {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
