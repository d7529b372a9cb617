//! [`RemoteFile`]: a file on a server, and [`FileDescription`], what the server says of it.

use crate::http::Reply;

/// A file on a server in the layout of Hugging Face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteFile {
    /// `user/name`.
    pub(crate) repo: String,
    /// A branch, tag or commit.
    pub(crate) revision: String,
    /// Its path in the repository.
    pub(crate) path: String,
}

impl RemoteFile {
    /// Its address below `endpoint`.
    pub(super) fn url(&self, endpoint: &str) -> String {
        let Self { repo, revision, path } = self;
        // A slash in a branch's name is not one of the address.
        let revision = revision.replace('/', "%2F");
        format!("{endpoint}/{repo}/resolve/{revision}/{path}")
    }

    /// Whether `reply` is a web page in place of the file: the sign-in page of a network, or an
    /// error page that is sent with a status of success.
    pub(super) fn is_replaced_by_web_page(&self, reply: &Reply) -> bool {
        let kind = reply.header("content-type").unwrap_or_default();
        // The body of a redirect is not the file.
        let is_body = matches!(reply.status(), 200 | 206);
        is_body && kind.starts_with("text/html") && !self.path.ends_with(".html")
    }
}

/// What a server says of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FileDescription {
    /// Its size; `None` if the server did not say.
    pub(crate) size_bytes: Option<u64>,
    /// SHA-256 in lower-case hexadecimal; `None` for files outside of large-file storage.
    pub(crate) sha256: Option<String>,
    /// The commit that the revision stands for now; `None` if the server did not say.
    pub(crate) commit: Option<String>,
}

impl FileDescription {
    /// Reads the headers of a reply to a `HEAD` request.
    pub(super) fn of(reply: &Reply) -> Self {
        let linked = reply.header_or_redirect_header("x-linked-size");
        let own = reply.header("content-length").filter(|_| reply.status() == 200);
        let etag =
            reply.header_or_redirect_header("x-linked-etag").map(|etag| etag.trim_matches('"'));
        let commit = reply.header_or_redirect_header("x-repo-commit");
        Self {
            size_bytes: linked.or(own).and_then(|size| size.parse().ok()),
            sha256: etag.filter(|etag| is_hexadecimal(etag, 64)).map(str::to_lowercase),
            commit: commit.filter(|commit| is_hexadecimal(commit, 40)).map(str::to_owned),
        }
    }
}

fn is_hexadecimal(text: &str, n_digits: usize) -> bool {
    text.len() == n_digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
