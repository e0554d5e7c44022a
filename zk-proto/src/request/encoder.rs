//! Where a request is written to.

use alloc::vec::Vec;

use crate::Chroot;
use crate::error::Misuse;
use crate::path::{validate_path, validate_sequential_path};
use crate::records::{Acl, put_acls};
use crate::wire::{put_bool, put_buffer, put_int, put_long, put_string};

/// Where a request is written to: knows the client's view of the tree, and whether the request is
/// to leave a watch.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    chroot: &'a Chroot,
    watch: bool,
}

impl<'a> Encoder<'a> {
    /// Appends to `out`, for a client with this `chroot`.
    #[inline]
    pub fn new(out: &'a mut Vec<u8>, chroot: &'a Chroot, watch: bool) -> Self {
        Self { out, chroot, watch }
    }

    /// Appends a path of the client.
    ///
    /// # Errors
    ///
    /// The path is not one that ZooKeeper accepts.
    #[inline]
    pub fn path(&mut self, path: &str) -> Result<(), Misuse> {
        validate_path(path)?;
        self.prefixed(path);
        Ok(())
    }

    /// Appends the path of a sequential node, before it has its number.
    ///
    /// # Errors
    ///
    /// The path is not one that ZooKeeper accepts.
    pub fn sequential_path(&mut self, path: &str) -> Result<(), Misuse> {
        validate_sequential_path(path)?;
        // Not a suffix: the number follows the slash, also of the root.
        let prefix = self.chroot.prefix();
        put_int(self.out, length(prefix.len().saturating_add(path.len())));
        self.out.extend_from_slice(prefix.as_bytes());
        self.out.extend_from_slice(path.as_bytes());
        Ok(())
    }

    /// Appends what the paths of the client are to begin with; it need not be a path.
    pub fn prefix(&mut self, prefix: &str) {
        self.prefixed(prefix);
    }

    /// Appends a text that no chroot changes.
    pub fn string(&mut self, string: &str) {
        put_string(self.out, string);
    }

    /// Appends a text, or null.
    pub fn nullable_string(&mut self, string: Option<&str>) {
        put_buffer(self.out, string.map(str::as_bytes));
    }

    /// Appends bytes, or null.
    #[inline]
    pub fn buffer(&mut self, bytes: Option<&[u8]>) {
        put_buffer(self.out, bytes);
    }

    /// Appends a 32-bit integer.
    #[inline]
    pub fn int(&mut self, value: i32) {
        put_int(self.out, value);
    }

    /// Appends a 64-bit integer.
    pub fn long(&mut self, value: i64) {
        put_long(self.out, value);
    }

    /// Appends a truth value.
    pub fn bool(&mut self, value: bool) {
        put_bool(self.out, value);
    }

    /// Appends whether the request is to leave a watch.
    #[inline]
    pub fn watch(&mut self) {
        put_bool(self.out, self.watch);
    }

    /// Appends an access control list.
    ///
    /// # Errors
    ///
    /// It is empty.
    pub fn acls(&mut self, acls: &[Acl]) -> Result<(), Misuse> {
        if acls.is_empty() {
            return Err(Misuse::EmptyAcl);
        }
        put_acls(self.out, acls);
        Ok(())
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends paths of the server.
    pub(crate) fn server_paths(&mut self, paths: &[&str]) {
        crate::wire::put_strings(self.out, paths);
    }

    #[inline]
    fn prefixed(&mut self, path: &str) {
        let (prefix, suffix) = (self.chroot.prefix(), self.chroot.suffix(path));
        put_int(self.out, length(prefix.len().saturating_add(suffix.len())));
        self.out.extend_from_slice(prefix.as_bytes());
        self.out.extend_from_slice(suffix.as_bytes());
    }
}

#[inline]
fn length(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}
