//! [`MemoryBackend`]: a clipboard in memory whose content and failures a test decides.

use std::sync::{Arc, Mutex};

use super::all_formats::{AllFormats, FormatContent};
use super::backend::{ClipboardBackend, Replaced};
use super::content::Snapshot;
use super::error::ClipboardError;
use super::source::{Selection, Source};
use crate::sync::lock;

/// A clipboard in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryBackend {
    pub(crate) formats: Vec<String>,
    pub(crate) content: Option<Snapshot>,
    /// How often content was read, so that a test can assert that it was not.
    pub(crate) n_reads: usize,
    /// The content of every other format; `None` if its owner does not answer.
    pub(crate) hint: Option<Vec<u8>>,
    /// Every content written, in order.
    pub(crate) written: Vec<Snapshot>,
    /// Every content given back, in order; each is written too.
    pub(crate) given_back: Vec<AllFormats>,
    /// How many more writes succeed; `None` is all.
    pub(crate) writes_left: Option<usize>,
    /// What is merely selected; `None` if nothing is.
    pub(crate) selected: Option<String>,
    /// The selection that was made last.
    pub(crate) newest: Option<Selection>,
    /// A format besides text and HTML, with its content.
    pub(crate) rich: Option<(String, Vec<u8>)>,
    /// What becomes of replacing what nothing has pasted; shared by clones.
    pub(crate) readers: Arc<Mutex<Replaced>>,
    /// The formats of what another program copies right after the text was read.
    pub(crate) formats_after_reading: Option<Vec<String>>,
}

impl MemoryBackend {
    pub(crate) fn holding(content: Snapshot) -> Self {
        let mut backend = Self::default();
        backend.put(content);
        backend
    }

    pub(crate) fn offering(formats: &[&str]) -> Self {
        Self { formats: formats.iter().map(ToString::to_string).collect(), ..Self::default() }
    }

    /// Copies as another program would.
    pub(crate) fn put(&mut self, content: Snapshot) {
        self.formats = vec!["UTF8_STRING".into()];
        if content.html.is_some() {
            self.formats.push("text/html".into());
        }
        self.content = Some(content);
    }
}

impl ClipboardBackend for MemoryBackend {
    fn formats(&mut self, source: Source) -> Result<Vec<String>, ClipboardError> {
        Ok(match source.selection {
            Selection::Clipboard => self.formats.clone(),
            Selection::Primary => self.selected.iter().map(|_| "UTF8_STRING".to_owned()).collect(),
        })
    }

    fn content(
        &mut self,
        source: Source,
        format: &str,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClipboardError> {
        self.n_reads += 1;
        if let Some(formats) = self.formats_after_reading.take() {
            self.formats = formats;
        }
        let clipboard = self.content.as_ref();
        let content = match (source.selection, format) {
            (Selection::Primary, _) => self.selected.clone().map(String::into_bytes),
            (_, "text/html") => clipboard.and_then(|content| content.html.clone()).map(Into::into),
            (_, "UTF8_STRING") => clipboard.map(|content| content.text.clone().into()),
            _ => self.hint.clone(),
        };
        let mut content = content.ok_or(ClipboardError::NotHandedOver)?;
        content.truncate(max_bytes);
        Ok(content)
    }

    fn all_formats(&mut self) -> Result<AllFormats, ClipboardError> {
        let Some(Snapshot { text, html }) = self.content.clone() else {
            return Ok(AllFormats::default());
        };
        let format = |name: &str, bytes: Vec<u8>| FormatContent {
            name: name.to_owned(),
            type_name: name.to_owned(),
            item_bits: 8,
            bytes,
        };
        let text = format("UTF8_STRING", text.into());
        let html = html.map(|html| format("text/html", html.into()));
        let rich = self.rich.clone().map(|(name, bytes)| format(&name, bytes));
        Ok(AllFormats([text].into_iter().chain(html).chain(rich).collect()))
    }

    fn newest(&self) -> Option<Selection> {
        self.newest
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.last().is_some_and(|last| last.text == text)
    }

    fn is_overtaken(&self) -> bool {
        *lock(&self.readers) == Replaced::No
    }

    fn replace_unread(&mut self, content: &Snapshot) -> Result<Replaced, ClipboardError> {
        let replaced = *lock(&self.readers);
        if replaced == Replaced::Yes {
            self.write(content)?;
        }
        Ok(replaced)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError> {
        if let Some(left) = &mut self.writes_left {
            *left =
                left.checked_sub(1).ok_or_else(|| ClipboardError::new("the display is gone"))?;
        }
        self.written.push(content.clone());
        self.put(content.clone());
        Ok(())
    }

    fn give_back(&mut self, content: AllFormats, text: &Snapshot) -> Result<(), ClipboardError> {
        self.write(text)?;
        self.given_back.push(content);
        Ok(())
    }
}
