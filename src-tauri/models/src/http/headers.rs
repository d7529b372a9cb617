//! The headers that requests carry.

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue, IF_RANGE, RANGE};

use super::{resume_point::ResumePoint, secret::Secret};

/// The key as a bearer token, marked as sensitive.
pub(super) fn authorization(key: Option<&Secret>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = key.and_then(|key| HeaderValue::from_str(&format!("Bearer {}", key.reveal())).ok());
    if let Some(mut value) = value {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

/// Asks for the bytes after `resume`, or for the whole file. Never compressed: sizes and ranges are
/// those of the file itself.
pub(super) fn range(resume: Option<&ResumePoint>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(ResumePoint { offset, validator }) = resume
        && let Ok(validator) = HeaderValue::from_str(validator)
    {
        headers.insert(IF_RANGE, validator);
        headers.insert(RANGE, HeaderValue::from_str(&format!("bytes={offset}-")).expect("digits"));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_shown() {
        let secret = Secret::new(" hf_abc\n").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(secret.reveal(), "hf_abc", "without the line's end");
        assert!(Secret::new(" \n").is_none(), "blank is none");
        assert!(format!("{:?}", authorization(Some(&secret))).contains("Sensitive"));
    }
}
