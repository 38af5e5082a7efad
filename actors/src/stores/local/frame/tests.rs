//! Tests of the codec. Invariant: the golden bytes are the format; they never change.

use proptest::prelude::*;

use super::*;
use crate::crypto::mac::hex;

fn put(table: Table, key: &'static [u8], value: &'static [u8]) -> Op {
    Op::Put {
        table,
        key: key.into(),
        value: value.into(),
    }
}

fn frame(sequence: u64, epoch: u64, ops: &[Op]) -> Vec<u8> {
    let mut encoder = Encoder::default();
    encoder.start(sequence, epoch);
    for op in ops {
        encoder.push(op);
    }
    encoder.finish().to_vec()
}

fn example() -> Vec<u8> {
    let delete = Op::Delete {
        table: Table::Open,
        key: "job".into(),
    };
    frame(7, 3, &[put(Table::Jobs, b"job", b"{}"), delete])
}

#[test]
fn the_bytes_of_format_1_never_change() {
    let golden = concat!(
        "4146524d",
        "01",
        "00",
        "0000",
        "0000001c",
        "7520a58a",
        "0000000000000007",
        "0000000000000003",
        "01",
        "01",
        "0003",
        "00000002",
        "01",
        "00",
        "6a6f62",
        "7b7d",
        "02",
        "03",
        "0003",
        "00000000",
        "01",
        "00",
        "6a6f62",
    );
    assert_eq!(hex(&example()), golden);
    let header = SegmentHeader {
        first_sequence: 7,
        epoch: 3,
    }
    .encode();
    let golden = concat!(
        "41534547",
        "01",
        "000000",
        "0000000000000007",
        "0000000000000003",
        "0000000000000000",
        "4c07b76d"
    );
    assert_eq!(hex(&header[..36]), golden);
    assert_eq!(header[36..], [0; 28]);
}

#[test]
fn every_changed_bit_makes_a_frame_or_a_header_invalid() {
    let header = SegmentHeader {
        first_sequence: 7,
        epoch: 3,
    }
    .encode();
    let flipped = |bytes: &[u8], bit: usize| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    };
    for bit in 0..example().len() * 8 {
        assert_eq!(
            Frame::decode(&flipped(&example(), bit)),
            Err(Bad::Invalid),
            "bit {bit}"
        );
    }
    for bit in 0..header.len() * 8 {
        let changed = SegmentHeader::decode(&flipped(&header, bit));
        assert_eq!(changed, Err(Bad::Invalid), "bit {bit}");
    }
}

#[test]
fn a_whole_frame_of_a_newer_format_is_told_apart_from_damage() {
    let mut newer = example();
    newer[4] = 2;
    let crc = frame_crc(&newer);
    newer[12..16].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(Frame::decode(&newer), Err(Bad::Newer(2)));
}

#[test]
fn a_frame_is_found_behind_garbage() {
    let bytes = [b"AFRMxxAFAFRM".to_vec(), example(), vec![0; 50]].concat();
    assert_eq!(find_frame(&bytes, 7), Some(12));
    assert_eq!(find_frame(&bytes, 8), None);
    assert_eq!(find_frame(&bytes[13..], 0), None);
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let bytes = |max| prop::collection::vec(any::<u8>(), 0..max);
    let op = (any::<bool>(), 0..13_u8, bytes(256), bytes(2_000));
    let op = op.prop_map(|(is_put, tag, key, value)| {
        let (table, key) = (Table::from_tag(tag).unwrap(), key.into());
        if is_put {
            Op::Put {
                table,
                key,
                value: value.into(),
            }
        } else {
            Op::Delete { table, key }
        }
    });
    prop::collection::vec(op, 0..20)
}

proptest! {
    #[test]
    fn frames_round_trip(ops in ops(), sequence: u64, epoch: u64) {
        let bytes = frame(sequence, epoch, &ops);
        let read = Frame::decode(&bytes).unwrap();
        prop_assert_eq!((read.sequence, read.epoch, read.len), (sequence, epoch, bytes.len()));
        let stored: Vec<_> = read.ops().map(|op| {
            let StoredOp { table, key, value } = op.unwrap();
            let key = key.to_vec().into();
            match value {
                Some((value, at)) => {
                    assert_eq!(&bytes[at..at + value.len()], value);
                    Op::Put { table, key, value: value.to_vec().into() }
                }
                None => Op::Delete { table, key },
            }
        }).collect();
        prop_assert_eq!(stored, ops);
    }

    #[test]
    fn garbage_is_never_a_frame(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Frame::decode(&bytes).is_err());
        let disguised = [&FRAME_MAGIC[..], &[1], &bytes].concat();
        prop_assert!(Frame::decode(&disguised).is_err());
    }
}

#[test]
fn a_large_frame_does_not_keep_its_memory() {
    let mut encoder = Encoder::default();
    encoder.start(1, 1);
    encoder.push(&Op::Put {
        table: Table::Open,
        key: "key".into(),
        value: vec![1; 4 << 20].into(),
    });
    encoder.finish();
    encoder.trim();
    assert!(encoder.buffer.capacity() <= KEPT_BYTES_MAX);
    encoder.start(2, 1);
    assert!(encoder.is_empty());
    assert_eq!(Frame::decode(encoder.finish()).unwrap().sequence, 2);
}
