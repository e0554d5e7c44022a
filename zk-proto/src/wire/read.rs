//! Takes jute's primitives off the front of a message.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::error::Malformed;

/// What has not been read yet of a message.
///
/// Reading never panics and never allocates by a length that the message merely claims.
///
/// ```
/// use zk_proto::wire::Reader;
///
/// let mut reader = Reader::new(&[0, 0, 0, 2, b'h', b'i', 255, 255, 255, 255]);
/// assert_eq!(reader.string("name")?, "hi");
/// assert_eq!(reader.buffer("data")?, None);
/// assert!(reader.int("version").is_err());
/// # Ok::<(), zk_proto::Malformed>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    is_lenient: bool,
}

impl<'a> Reader<'a> {
    /// Reads from the front of these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_lenient: false }
    }

    /// Reads as servers do, which take strings that are not UTF-8: they read as
    /// [`NOT_UTF8`](Self::NOT_UTF8).
    pub(crate) fn lenient(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_lenient: true }
    }

    /// Whether it reads as servers do.
    pub(crate) fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    /// What stands for a path that is not UTF-8: one that no node can have either.
    const NOT_UTF8: &'static str = "/\u{fffd}";

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// A 32-bit integer; `what` names it in the error.
    ///
    /// # Errors
    ///
    /// The message ends before it does; so with the other methods.
    #[inline]
    pub fn int(&mut self, what: &'static str) -> Result<i32, Malformed> {
        self.array(what).map(i32::from_be_bytes)
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    ///
    /// The message ends before it does.
    #[inline]
    pub fn long(&mut self, what: &'static str) -> Result<i64, Malformed> {
        self.array(what).map(i64::from_be_bytes)
    }

    /// A truth value: one byte, of which servers accept any but zero as true.
    ///
    /// # Errors
    ///
    /// The message ends before it does.
    #[inline]
    pub fn bool(&mut self, what: &'static str) -> Result<bool, Malformed> {
        self.array(what).map(|[byte]| byte != 0)
    }

    /// Bytes with their length before them; `None` for null.
    ///
    /// # Errors
    ///
    /// The message ends before they do, or the length is below -1.
    #[inline]
    pub fn buffer(&mut self, what: &'static str) -> Result<Option<&'a [u8]>, Malformed> {
        match self.int(what)? {
            -1 => Ok(None),
            len => {
                let len = usize::try_from(len).map_err(|_| Malformed(what))?;
                self.take(len, what).map(Some)
            }
        }
    }

    /// A string that must be there and be UTF-8, as paths and child names are.
    ///
    /// # Errors
    ///
    /// It is null, not UTF-8, or the message ends before it does.
    pub fn string(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        self.nullable_string(what)?.ok_or(Malformed(what))
    }

    /// A string that must be UTF-8; `None` for null.
    ///
    /// # Errors
    ///
    /// It is not UTF-8, or the message ends before it does.
    pub fn nullable_string(&mut self, what: &'static str) -> Result<Option<&'a str>, Malformed> {
        match self.buffer(what)?.map(core::str::from_utf8).transpose() {
            Err(_) if self.is_lenient => Ok(Some(Self::NOT_UTF8)),
            text => text.map_err(|_| Malformed(what)),
        }
    }

    /// A string that need not be UTF-8, as identities are: servers write CESU-8. Null reads as
    /// empty.
    ///
    /// # Errors
    ///
    /// The message ends before it does.
    pub fn lenient_string(&mut self, what: &'static str) -> Result<Cow<'a, str>, Malformed> {
        let bytes = self.buffer(what)?.unwrap_or_default();
        Ok(alloc::string::String::from_utf8_lossy(bytes))
    }

    /// A vector, whose items `item` reads; null reads as empty. An item takes `least` bytes or
    /// more, and one at least: a count for which the message has no room is refused before anything
    /// is allocated.
    ///
    /// # Errors
    ///
    /// The count cannot be true, or an item cannot be read.
    pub fn vector<T>(
        &mut self,
        what: &'static str,
        least: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = self.count(what, least)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// The count of a vector whose items take `least` bytes or more, and one at least; null counts
    /// zero.
    ///
    /// # Errors
    ///
    /// The count is below -1, or the message has no room for that many.
    pub fn count(&mut self, what: &'static str, least: usize) -> Result<usize, Malformed> {
        match self.int(what)? {
            -1 => Ok(0),
            ..-1 if self.is_lenient => Ok(0),
            count => usize::try_from(count)
                .ok()
                .filter(|count| count.saturating_mul(least.max(1)) <= self.rest.len())
                .ok_or(Malformed(what)),
        }
    }

    /// The next `len` bytes.
    #[inline]
    pub(crate) fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(Malformed(what))?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed(what))?;
        self.rest = rest;
        Ok(*bytes)
    }
}

/// Appends to a list whose length only its end tells. `rest` bytes follow the item, and another one
/// takes `least` of them or more: there is never more room than that many need, and a list that
/// has become long is not copied when it is nearly complete.
pub(crate) fn push<T>(items: &mut Vec<T>, item: T, rest: usize, least: usize) {
    if items.len() == items.capacity() {
        let most = rest.checked_div(least).unwrap_or(rest).saturating_add(1);
        let is_nearly_complete = most <= items.len().saturating_mul(3);
        items.reserve_exact(if is_nearly_complete { most } else { most.min(items.len().max(4)) });
    }
    items.push(item);
}
