//! What is to happen to messages after the exchange: RFC 4752, section 3.1.

/// Messages are sent as they are.
const NONE: u8 = 1;

/// Answers a server's offer: the kinds of protection that it knows, as bits, and how long messages
/// may be. Nothing protects ZooKeeper's messages, so there is no length; whoever says no other name
/// is the client's principal.
pub(crate) fn choose(offer: &[u8]) -> Result<[u8; 4], &'static str> {
    match offer {
        [kinds, _, _, _] if kinds & NONE != 0 => Ok([NONE, 0, 0, 0]),
        [_, _, _, _] => Err("the server demands that messages are signed or encrypted"),
        _ => Err("the server's offer of protection cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn no_protection_is_chosen_where_it_is_offered() {
        for kinds in [1, 3, 5, 7] {
            assert_eq!(choose(&[kinds, 1, 0, 0]), Ok([1, 0, 0, 0]), "{kinds}");
        }
        for kinds in [0, 2, 4, 6] {
            assert!(choose(&[kinds, 1, 0, 0]).unwrap_err().contains("demands"), "{kinds}");
        }
        for offer in [&[][..], &[1], &[1, 0, 0], &[1, 0, 0, 0, 0]] {
            assert!(choose(offer).unwrap_err().contains("cannot be read"), "{offer:?}");
        }
    }
}
