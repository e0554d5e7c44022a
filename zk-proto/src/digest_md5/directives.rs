//! Challenges and responses as text: `name=value` and `name="value"`, with commas between them.

use alloc::string::String;
use alloc::vec::Vec;

use super::MAX_MESSAGE;
use crate::Malformed;

/// Names, and values without their quotes, as they came.
pub(super) struct Directives<'a>(Vec<(&'a str, String)>);

impl<'a> Directives<'a> {
    /// Takes a message apart. It may have empty elements and white space around everything, as
    /// in lists of HTTP, and directives that nobody knows.
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        if message.len() > MAX_MESSAGE {
            return Err(Malformed("length"));
        }
        let mut rest = core::str::from_utf8(message).map_err(|_| Malformed("charset"))?;
        let mut found = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c| c == ',' || is_space(c));
            if rest.is_empty() {
                return Ok(Self(found));
            }
            let (name, after) = rest.split_once('=').ok_or(Malformed("directive"))?;
            let name = name.trim_end_matches(is_space);
            let (value, after) = value(after.trim_start_matches(is_space))?;
            rest = after.trim_start_matches(is_space);
            if !is_token(name) || !(rest.is_empty() || rest.starts_with(',')) {
                return Err(Malformed("directive"));
            }
            found.push((name, value));
        }
    }

    /// The values of this name, in their order. Case does not count in names.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |found: &&(&str, String)| found.0.eq_ignore_ascii_case(name);
        self.0.iter().filter(named).map(|(_, value)| value.as_str())
    }

    /// The value of what may be there once.
    pub(super) fn optional(&self, name: &'static str) -> Result<Option<&str>, Malformed> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Malformed(name)),
        }
    }

    /// The value of what has to be there once.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Malformed> {
        self.optional(name)?.ok_or(Malformed(name))
    }
}

/// The value at the beginning of a text, and what follows it.
fn value(text: &str) -> Result<(String, &str), Malformed> {
    if let Some(text) = text.strip_prefix('"') {
        return quoted(text).ok_or(Malformed("quotes"));
    }
    let end = text.find(|c| c == ',' || is_space(c)).unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    if is_token(value) { Ok((value.into(), rest)) } else { Err(Malformed("directive")) }
}

/// What stands before the closing quote, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return Some((value, rest.as_str())),
            '\\' => value.push(rest.next()?),
            plain => value.push(plain),
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether it can stand without quotes. `=`, `/` and the like would have to be quoted, but are
/// clear without, and Java lets them pass.
fn is_token(text: &str) -> bool {
    let fits = |c: char| !is_space(c) && !c.is_ascii_control() && !matches!(c, '"' | ',' | '\\');
    !text.is_empty() && text.chars().all(fits)
}

/// A message in the making.
#[derive(Default)]
pub(super) struct Composer(String);

impl Composer {
    /// Adds a value that may hold anything.
    pub(super) fn quoted(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.0.push('"');
        for c in value.chars() {
            if c.is_ascii_control() || matches!(c, '"' | '\\') {
                self.0.push('\\');
            }
            self.0.push(c);
        }
        self.0.push('"');
        self
    }

    /// Adds a value that needs no quotes.
    pub(super) fn token(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.0.push_str(value);
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn name(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(name);
        self.0.push('=');
    }
}
