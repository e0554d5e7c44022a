//! A session, written down.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What it takes to resume a session: also in another process, until it has expired.
///
/// Whoever has it has the session: it holds the session's password. [`secret`](Self::secret) is
/// the only way to see it.
///
/// ```
/// use zk_proto::Ticket;
///
/// let ticket = Ticket { session_id: 7, password: [1, 2, 3].into(), last_zxid: 42 };
/// assert_eq!(Ticket::from_secret(&ticket.secret()), Some(ticket.clone()));
/// assert!(!format!("{ticket:?}").contains("010203"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The session.
    pub session_id: i64,
    /// Its password.
    pub password: Box<[u8]>,
    /// The last transaction that it has seen: it will not be served by a server that has not.
    pub last_zxid: i64,
}

impl Ticket {
    /// As text, with the password.
    #[must_use]
    pub fn secret(&self) -> String {
        let password: String = self.password.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{:x}-{:x}-{password}", self.session_id, self.last_zxid)
    }

    /// Reads what [`secret`](Self::secret) wrote.
    #[must_use]
    pub fn from_secret(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '-');
        let mut number = || parse_hex(parts.next()?).map(u64::cast_signed);
        let (session_id, last_zxid) = (number()?, number()?);
        let (digits, []) = parts.next()?.as_bytes().as_chunks::<2>() else { return None };
        let password: Option<Vec<u8>> = digits.iter().map(parse_byte).collect();
        Some(Self { session_id, password: password?.into(), last_zxid })
    }
}

fn parse_byte(digits: &[u8; 2]) -> Option<u8> {
    parse_hex(core::str::from_utf8(digits).ok()?).and_then(|byte| u8::try_from(byte).ok())
}

/// Digits and nothing else.
fn parse_hex(digits: &str) -> Option<u64> {
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| is_number)
}

impl fmt::Debug for Ticket {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("session_id", &format_args!("{:#x}", self.session_id))
            .field("last_zxid", &format_args!("{:#x}", self.last_zxid))
            .finish_non_exhaustive()
    }
}
