//! [`PromptReader`]: has a graph read a prompt, and remembers what it read, so that the same prompt
//! (or the same beginning of one) is not read twice.
//!
//! That memory is what makes reading ahead worth anything: a prompt that was prepared while the
//! user still moved to the hotkey costs nothing when the hotkey comes.

use pounce_model_format::Architecture;

use crate::backend::graph::{Graph, TokenId, Wanted};
use crate::error::EngineError;

/// A decoder-only model reads this many prompt tokens in one run: with twice as many it is no
/// faster, with half as many it takes a tenth longer.
const CHUNK_LEN: usize = 128;

/// How a prompt was read, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading<'i> {
    /// Tokens that were not known from the prompt before, the rest included. An encoder reads all
    /// or none.
    pub(crate) n_new: usize,
    /// Where the rest belongs: the tokens before it are in the decoder's cache.
    pub(crate) past: usize,
    /// The end of the prompt, which is left to the run that chooses the first token. Less than a
    /// chunk; nothing if an encoder read the prompt.
    pub(crate) rest: &'i [TokenId],
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct PromptReader {
    architecture: Architecture,
    /// What the graph has read: the encoder's input, or the tokens in the decoder's cache.
    read: Vec<TokenId>,
}

impl PromptReader {
    pub(crate) fn new(architecture: Architecture) -> Self {
        Self { architecture, read: Vec::new() }
    }

    /// Tokens of `input` that a read would have to read. An encoder reads all or none.
    pub(crate) fn n_unread(&self, input: &[TokenId]) -> usize {
        match self.architecture {
            Architecture::EncoderDecoder if self.read == input => 0,
            Architecture::EncoderDecoder => input.len(),
            Architecture::DecoderOnly => input.len() - self.n_known(input),
        }
    }

    /// Tokens that `input` begins with and that are in the decoder's cache.
    fn n_known(&self, input: &[TokenId]) -> usize {
        self.read.iter().zip(input).take_while(|(known, new)| known == new).count()
    }

    /// Has `graph` read `input`, with room for `n_more` decoder tokens. What a decoder has yet to
    /// read is less than a chunk, which goes into one run with the token that is to be followed.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn read<'i>(
        &mut self,
        graph: &mut dyn Graph,
        input: &'i [TokenId],
        n_more: usize,
    ) -> Result<Reading<'i>, EngineError> {
        match self.architecture {
            Architecture::EncoderDecoder => self.read_by_encoder(graph, input, n_more),
            Architecture::DecoderOnly => self.read_by_decoder(graph, input, n_more),
        }
    }

    /// Takes note that `tokens` were fed from `position` on, where a later prompt may find them.
    pub(crate) fn note_fed(&mut self, position: usize, tokens: &[TokenId]) {
        if self.architecture == Architecture::DecoderOnly {
            self.read.truncate(position);
            self.read.extend(tokens);
        }
    }

    fn read_by_encoder(
        &mut self,
        graph: &mut dyn Graph,
        input: &[TokenId],
        n_more: usize,
    ) -> Result<Reading<'static>, EngineError> {
        graph.reserve(n_more)?;
        let is_new = self.read != input;
        if is_new {
            // Nothing is known of the encoder's outputs until the run has succeeded.
            self.read.clear();
            graph.encode(input)?;
            self.read.extend(input);
        }
        Ok(Reading { n_new: if is_new { input.len() } else { 0 }, past: 0, rest: &[] })
    }

    fn read_by_decoder<'i>(
        &mut self,
        graph: &mut dyn Graph,
        input: &'i [TokenId],
        n_more: usize,
    ) -> Result<Reading<'i>, EngineError> {
        if input.len() + n_more > graph.capacity() {
            self.read.clear();
            graph.reserve(input.len() + n_more)?;
        }
        let n_known = self.n_known(input);
        self.read.truncate(n_known);
        let mut chunks = input[n_known..].chunks_exact(CHUNK_LEN);
        for chunk in &mut chunks {
            graph.decode(chunk, self.read.len(), Wanted::Nothing)?;
            self.read.extend(chunk);
        }
        let n_new = input.len() - n_known;
        Ok(Reading { n_new, past: self.read.len(), rest: chunks.remainder() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::fake_graph::{Call, FakeGraph};

    #[test]
    fn an_encoder_reads_each_prompt_once() {
        let mut graph = FakeGraph::counting();
        let mut reader = PromptReader::new(Architecture::EncoderDecoder);
        for (input, n_new) in [([1, 2].as_slice(), 2), (&[1, 2], 0), (&[1, 2, 3], 3)] {
            let reading = reader.read(&mut graph, input, 8).unwrap();
            assert_eq!(reading, Reading { n_new, past: 0, rest: &[] }, "the decoder starts empty");
        }
        assert_eq!(
            graph.calls,
            [Call::Encode(vec![1, 2]), Call::Encode(vec![1, 2, 3])],
            "the repeated prompt is known"
        );
    }

    #[test]
    fn what_is_unread_is_known_before_reading() {
        for (architecture, unread) in
            [(Architecture::EncoderDecoder, [3, 4]), (Architecture::DecoderOnly, [2, 1])]
        {
            let mut graph = FakeGraph::counting();
            let mut reader = PromptReader::new(architecture);
            assert_eq!(reader.n_unread(&[1, 2, 3]), 3, "nothing was read yet");
            reader.read(&mut graph, &[1, 2, 3], 8).unwrap();
            reader.note_fed(0, &[1, 2, 3]);
            assert_eq!(reader.n_unread(&[1, 2, 3]), 0, "{architecture:?} knows it all");
            let found = [&[1, 8, 9][..], &[1, 2, 3, 4]].map(|input| reader.n_unread(input));
            assert_eq!(found, unread, "{architecture:?} of another end, and of a longer one");
        }
    }

    #[test]
    fn a_failed_read_is_forgotten() {
        let mut graph = FakeGraph::counting();
        let mut reader = PromptReader::new(Architecture::EncoderDecoder);
        reader.read(&mut graph, &[1], 8).unwrap();
        graph.fails = true;
        reader.read(&mut graph, &[2], 8).unwrap_err();
        graph.fails = false;
        reader.read(&mut graph, &[1], 8).unwrap();
        assert_eq!(graph.calls.len(), 3, "after a failure the old prompt is read again");
    }

    #[test]
    fn a_decoder_reads_only_what_differs() {
        let mut graph = FakeGraph::counting();
        let mut reader = PromptReader::new(Architecture::DecoderOnly);
        let mut check = |input: &[TokenId], past: usize, rest: &[TokenId]| {
            let reading = reader.read(&mut graph, input, 8).unwrap();
            assert_eq!(reading, Reading { n_new: rest.len(), past, rest }, "of {input:?}");
            reader.note_fed(past, rest);
        };
        check(&[1, 2, 3], 0, &[1, 2, 3]);
        check(&[1, 2, 3, 9, 4], 3, &[9, 4]);
        check(&[1, 7], 1, &[7]);
        check(&[1, 7], 2, &[]);
        assert_eq!(graph.calls, [], "so little is left to the run that chooses the first token");
    }

    #[test]
    fn a_long_prompt_is_read_in_chunks() {
        let mut graph = FakeGraph::counting();
        let input: Vec<TokenId> = (0..300).map(|position| position % 100).collect();
        let mut reader = PromptReader::new(Architecture::DecoderOnly);
        let reading = reader.read(&mut graph, &input, 8).unwrap();
        assert_eq!((reading.past, reading.rest.len()), (256, 44), "two chunks are read");
        assert_eq!(reading.n_new, 300, "nothing was known");
        let widths: Vec<usize> = graph.calls.iter().map(Call::width).collect();
        assert_eq!(widths, [128, 128], "a cancelled request does not wait for the whole prompt");
    }
}
