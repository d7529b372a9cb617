//! Pickles that are broken, hostile or enormous. Sound ones are tested by whole conversions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::error::PickleError;
use super::machine::{MAX_TENSORS, MAX_VALUES};
use super::read_tensors;

#[track_caller]
fn check_malformed(pickle: &[u8], expected: &str) {
    match read_tensors(pickle) {
        Err(PickleError::Malformed(problem)) => {
            assert!(problem.contains(expected), "{problem:?} should say {expected:?}");
        }
        other => panic!("a broken pickle gave {other:?}"),
    }
}

#[test]
fn an_empty_dictionary_has_no_tensors() {
    assert_eq!(read_tensors(b"\x80\x02}."), Ok(BTreeMap::new()));
    assert_eq!(read_tensors(b"\x80\x04\x95\x02\0\0\0\0\0\0\0}\x94."), Ok(BTreeMap::new()));
}

#[test]
fn functions_are_named_and_not_called() {
    let calls: [(&[u8], &str); 3] = [
        (b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.", "os.system"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", "builtins.eval"),
        (b"\x80\x02ctorch\nload\n.", "torch.load"),
    ];
    for (pickle, global) in calls {
        let expected = Err(PickleError::Forbidden(global.to_owned()));
        assert_eq!(read_tensors(pickle), expected, "only names that weights need are known");
    }
}

#[test]
fn broken_pickles_say_what_is_wrong() {
    check_malformed(b"", "ends too early");
    check_malformed(b"\x80\x02}", "ends too early");
    check_malformed(b"X\xff\xff\xff\xffab", "ends too early");
    check_malformed(b"\x8a\x09\0\0\0\0\0\0\0\0\x01.", "integer of 9 bytes");
    check_malformed(b".", "more from its stack");
    check_malformed(b"(00.", "more from its stack");
    check_malformed(b"h\x07.", "remembered as 7");
    check_malformed(b"K\x01.", "not a dictionary");
    check_malformed(b"}X\x01\0\0\0aK\x01s.", "\"a\" is not a tensor");
    check_malformed(b"i.", "0x69");
    let long = [b"X\x01\x02\0\0".as_slice(), &[b'a'; 513], b"."].concat();
    check_malformed(&long, "a name of 513 bytes");
    check_malformed(&b"(".repeat(MAX_VALUES + 1), "more than");
}

#[test]
fn an_unknown_name_is_reported_in_one_short_line() {
    let pickle = [b"\x80\x04\x8c\x03a\nb\x8c\xff".as_slice(), &[b'x'; 255], b"\x93."].concat();
    let Err(PickleError::Forbidden(name)) = read_tensors(&pickle) else { panic!("it is unknown") };
    assert!(name.starts_with(r"a\nb.xxx") && name.len() < 80, "{name}");
}

/// A list in itself, and a million brackets deep: a recursive reader would not come back.
#[test]
fn depth_costs_no_recursion() {
    check_malformed(b"]q\0h\0a.", "not a dictionary");
    let deep = [b")".to_vec(), b"\x85".repeat(900_000), b".".to_vec()].concat();
    check_malformed(&deep, "not a dictionary");
}

#[test]
fn the_number_of_values_is_bounded() {
    check_malformed(&b"N".repeat(MAX_VALUES + 1), "more than");
    let remembered = [b"Nq\0".to_vec(), b"h\0".repeat(MAX_VALUES)].concat();
    check_malformed(&remembered, "more than");
}

/// A tensor of `(storage, 0, (), ())`, remembered as 1, and its name, remembered as 0.
const NAME_AND_TENSOR: &[u8] = b"X\x01\0\0\0aq\0ctorch._utils\n_rebuild_tensor_v2\n\
    ((X\x07\0\0\0storagectorch\nFloatStorage\nh\0h\0K\x01tQK\0))tRq\x01";

/// Two bytes an item: eight megabytes of them became 2.7 GB.
#[test]
fn the_items_of_a_dictionary_are_counted() {
    let mut pickle = [NAME_AND_TENSOR, b"}"].concat();
    for _ in 0..20 {
        pickle.push(b'(');
        pickle.extend(b"h\0h\x01".repeat(100_000));
        pickle.push(b'u');
    }
    pickle.push(b'.');
    check_malformed(&pickle, "more than 1000000 values");
}

#[test]
fn a_name_is_given_once() {
    let twice = [NAME_AND_TENSOR, b"}h\0h\x01sh\0h\x01s."].concat();
    check_malformed(&twice, "\"a\" is there twice");
    let once = [NAME_AND_TENSOR, b"}h\0h\x01s."].concat();
    assert_eq!(read_tensors(&once).unwrap().len(), 1);
}

#[test]
fn the_number_of_tensors_is_bounded() {
    let arguments = b"ctorch._utils\n_rebuild_tensor_v2\nq\x02\
        ((X\x07\0\0\0storageq\x03ctorch\nFloatStorage\nh\x03h\x03K\x01tQK\0))tq\x04";
    let pickle = [arguments, b"h\x02h\x04R0".repeat(MAX_TENSORS + 1).as_slice(), b"."].concat();
    check_malformed(&pickle, "more than 100000 tensors");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_tensors(&bytes);
    }
}
