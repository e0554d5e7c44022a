//! What items look like in the data of their nodes.

use bytes::Bytes;

/// What items look like in the data of their nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The item is the data.
    Raw,
    /// That of Curator's `ItemSerializer`: a version, and any number of items with their lengths.
    Curator,
}

const VERSION: [u8; 4] = 65_537_i32.to_be_bytes();
const ITEM: u8 = 1;
const END: u8 = 2;

impl Framing {
    /// The data of a node that has one item.
    pub(super) fn wrap(self, item: &[u8]) -> Vec<u8> {
        match self {
            Self::Raw => item.to_vec(),
            Self::Curator => {
                let len = u32::try_from(item.len()).unwrap_or(u32::MAX); // no node is as long
                [&VERSION, &[ITEM][..], &len.to_be_bytes(), item, &[END]].concat()
            }
        }
    }

    /// The first item of a node, and the data of a node that has the others, if there are any. What
    /// cannot be read is one item as it is: Curator would throw it away.
    pub(super) fn unwrap_first(self, data: &Bytes) -> (Bytes, Option<Vec<u8>>) {
        match self {
            Self::Raw => (data.clone(), None),
            Self::Curator => first(data).unwrap_or_else(|| (data.clone(), None)),
        }
    }
}

fn first(data: &Bytes) -> Option<(Bytes, Option<Vec<u8>>)> {
    let items = data.strip_prefix(&VERSION)?;
    let (item, rest) = take_item(items)?;
    let rest = match rest {
        [END] => None,
        [ITEM, ..] => Some([&VERSION, rest].concat()),
        _ => return None,
    };
    Some((data.slice_ref(item), rest))
}

fn take_item(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.strip_prefix(&[ITEM])?.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(i32::from_be_bytes(*len)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_curators() {
        let data = Framing::Curator.wrap(b"abc");
        assert_eq!(data, b"\x00\x01\x00\x01\x01\x00\x00\x00\x03abc\x02");
        let (item, rest) = Framing::Curator.unwrap_first(&data.into());
        assert_eq!((&*item, rest), (&b"abc"[..], None));
    }

    #[test]
    fn of_several_items_the_others_stay() {
        let data = b"\x00\x01\x00\x01\x01\x00\x00\x00\x02m0\x01\x00\x00\x00\x02m1\x02";
        let (item, rest) = Framing::Curator.unwrap_first(&Bytes::from_static(data));
        assert_eq!(&*item, b"m0");
        assert_eq!(rest, Some(Framing::Curator.wrap(b"m1")));
    }

    #[test]
    fn what_is_no_item_of_curators_is_one_as_it_is() {
        let corrupt: [&[u8]; 6] = [
            b"",
            b"raw",
            b"\x00\x01\x00\x01",
            b"\x00\x01\x00\x01\x01\x00\x00\x00\x09abc\x02",
            b"\x00\x01\x00\x01\x01\xff\xff\xff\xffabc\x02",
            b"\x00\x01\x00\x01\x01\x00\x00\x00\x03abc",
        ];
        for data in corrupt {
            let (item, rest) = Framing::Curator.unwrap_first(&Bytes::copy_from_slice(data));
            assert_eq!((&*item, rest), (data, None));
        }
    }
}
