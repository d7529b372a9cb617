//! `chromium/x-web-custom-data`: the formats of a page, or of an app made with Chromium, that the system does not know.
//!
//! A pickle of Chromium (`ui/base/clipboard/custom_data_helper.cc`, `base/pickle.h`), in little endian: the size of what
//! follows as `u32`, the number of formats as `u32`, and for each its name and its content. Both are strings in UTF-16:
//! their length in units as `u32`, then the units, padded to a multiple of four bytes.

/// The name of the format.
pub(super) const FORMAT: &str = "chromium/x-web-custom-data";

/// The content of the format `name` in `pickle`; `None` if it is not there or the pickle is damaged.
pub(super) fn value(pickle: &[u8], name: &str) -> Option<String> {
    let mut header = Reader(pickle);
    let n_bytes = header.number()?;
    let mut payload = Reader(header.0.get(..n_bytes)?);
    for _ in 0..payload.number()? {
        let (found, content) = (payload.string()?, payload.string()?);
        if found == name {
            return Some(content);
        }
    }
    None
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number) as usize)
    }

    fn string(&mut self) -> Option<String> {
        let n_bytes = self.number()?.checked_mul(2)?;
        let units =
            self.0.get(..n_bytes)?.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit));
        let string = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
        self.0 = self.0.get(n_bytes.next_multiple_of(4)..).unwrap_or_default();
        Some(string)
    }
}

/// A pickle of formats with text as their content.
#[cfg(test)]
pub(super) fn pickle(formats: &[(&str, &[u8])]) -> Vec<u8> {
    let string = |text: &[u8]| {
        let units: Vec<u16> = String::from_utf8_lossy(text).encode_utf16().collect();
        let mut bytes = (units.len() as u32).to_le_bytes().to_vec();
        bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let mut payload = (formats.len() as u32).to_le_bytes().to_vec();
    payload.extend(
        formats.iter().flat_map(|(name, text)| [string(name.as_bytes()), string(text)].concat()),
    );
    [(payload.len() as u32).to_le_bytes().to_vec(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two formats, as Chromium writes them: `a` with the content `é`, and `bcd` with the content `𝄞`.
    const GOLDEN: &[u8] = b"\x28\0\0\0\x02\0\0\0\
        \x01\0\0\0a\0\0\0\x01\0\0\0\xe9\0\0\0\
        \x03\0\0\0b\0c\0d\0\0\0\x02\0\0\0\x34\xd8\x1e\xdd";

    #[test]
    fn a_format_is_found_by_its_name() {
        assert_eq!(value(GOLDEN, "a").as_deref(), Some("é"), "the first");
        assert_eq!(value(GOLDEN, "bcd").as_deref(), Some("𝄞"), "after a padded string");
        assert_eq!(value(GOLDEN, "b"), None, "a part of a name");
        let made = pickle(&[("a", "é".as_bytes()), ("bcd", "𝄞".as_bytes())]);
        assert_eq!(made, GOLDEN, "tests make the same");
    }

    #[test]
    fn a_damaged_pickle_holds_nothing() {
        for end in 0..GOLDEN.len() {
            assert_eq!(value(&GOLDEN[..end], "bcd"), None, "cut at {end}");
        }
        let huge = [&[0xff; 4][..], &GOLDEN[4..]].concat();
        assert_eq!(value(&huge, "a"), None, "its size is beyond its end");
        let many = [&GOLDEN[..4], &[0xff; 4], &GOLDEN[8..]].concat();
        assert_eq!(value(&many, "c"), None, "fewer formats than it says");
        let long = [&GOLDEN[..8], &[0xff; 4], &GOLDEN[12..]].concat();
        assert_eq!(value(&long, "a"), None, "a string that is longer than it all");
        let lone = [&GOLDEN[..GOLDEN.len() - 2], b"a\0"].concat();
        assert_eq!(value(&lone, "bcd"), None, "half of a pair of surrogates");
    }
}
