//! [`MemoryBackend`]: a clipboard in memory whose content and failures a test decides.

use super::backend::ClipboardBackend;
use super::content::Snapshot;
use super::error::ClipboardError;

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
    /// How many more writes succeed; `None` is all.
    pub(crate) writes_left: Option<usize>,
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
    fn formats(&mut self) -> Result<Vec<String>, ClipboardError> {
        Ok(self.formats.clone())
    }

    fn text(&mut self) -> Result<String, ClipboardError> {
        self.n_reads += 1;
        if let Some(formats) = self.formats_after_reading.take() {
            self.formats = formats;
        }
        let content = self.content.as_ref().ok_or_else(|| ClipboardError::new("no text"))?;
        Ok(content.text.clone())
    }

    fn html(&mut self) -> Result<String, ClipboardError> {
        self.n_reads += 1;
        let html = self.content.as_ref().and_then(|content| content.html.clone());
        html.ok_or_else(|| ClipboardError::new("no html"))
    }

    fn hint(&mut self, _: &str) -> Result<Vec<u8>, ClipboardError> {
        self.n_reads += 1;
        self.hint.clone().ok_or_else(|| ClipboardError::new("no answer"))
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.last().is_some_and(|last| last.text == text)
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
}
