//! [`ResumePoint`]: where an interrupted download continues.

/// Where an interrupted download continues, if the file on the server is still the same.
#[derive(Debug, Clone)]
pub struct ResumePoint {
    /// Bytes that are on the disk already.
    pub offset: u64,
    /// The version that they belong to: the server's strong entity tag or date, for `If-Range`.
    pub validator: String,
}
