//! An outbox keeps what has not been written, and no more memory than it takes to be quick.

use allocation_counter::measure;
use proptest::collection::vec;
use proptest::prelude::*;
use zk_proto::wire::Outbox;

proptest! {
    #[test]
    fn what_is_appended_is_written_in_order(
        steps in vec((vec(any::<u8>(), 0..50), 0..60_usize), 0..40),
    ) {
        let mut outbox = Outbox::default();
        let (mut appended, mut written) = (Vec::new(), Vec::new());
        for (bytes, writable) in steps {
            outbox.buffer().extend_from_slice(&bytes);
            appended.extend(bytes);
            let count = writable.min(outbox.pending().len());
            written.extend_from_slice(&outbox.pending()[..count]);
            outbox.consume(count);
            prop_assert_eq!([&written, outbox.pending()].concat(), appended.clone());
            prop_assert_eq!(outbox.is_empty(), written.len() == appended.len());
        }
    }
}

#[test]
fn what_was_for_another_connection_is_forgotten() {
    let mut outbox = Outbox::default();
    outbox.buffer().extend_from_slice(b"half of it");
    outbox.consume(4);
    outbox.clear();
    assert!(outbox.is_empty());
    outbox.buffer().extend_from_slice(b"hello");
    assert_eq!(outbox.pending(), b"hello");
}

#[test]
fn the_memory_of_a_long_message_comes_back_when_it_is_written() {
    let mut outbox = Outbox::default();
    let memory = measure(|| {
        outbox.buffer().extend_from_slice(&vec![0; 1 << 20]);
        outbox.consume(1 << 20);
    });
    assert_eq!(memory.bytes_current, 0);
}

#[test]
fn the_memory_of_short_messages_is_used_again_until_it_is_released() {
    let mut outbox = Outbox::default();
    outbox.buffer().extend_from_slice(&[0; 1_000]);
    outbox.consume(1_000);
    let again = measure(|| outbox.buffer().extend_from_slice(&[0; 1_000]));
    assert_eq!(again.count_total, 0);

    let not_yet = measure(|| outbox.release());
    assert_eq!((not_yet.bytes_current, outbox.pending().len()), (0, 1_000));
    outbox.consume(1_000);
    let released = measure(|| outbox.release());
    assert!(released.bytes_current <= -1_000, "{released:?}");
}
