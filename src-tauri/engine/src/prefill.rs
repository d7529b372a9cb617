//! [`PromptReader`]: has a graph read a prompt, and remembers what it read, so that the same prompt
//! (or the same beginning of one) is not read twice.
//!
//! That memory is what makes reading ahead worth anything: a prompt that was prepared while the
//! user still moved to the hotkey costs nothing when the hotkey comes.

use pounce_manifest::Architecture;

use crate::error::EngineError;
use crate::graph::{Graph, TokenId, Wanted};

/// A decoder-only model reads this many prompt tokens in one run: long enough to be efficient,
/// short enough that a cancelled request ends soon.
const CHUNK_LEN: usize = 64;

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

    /// Makes `graph` ready to decode after `input`, with room for `n_more` decoder tokens.
    /// Returns the position at which decoding starts.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn read(
        &mut self,
        graph: &mut dyn Graph,
        input: &[TokenId],
        n_more: usize,
    ) -> Result<usize, EngineError> {
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
    ) -> Result<usize, EngineError> {
        graph.reserve(n_more)?;
        if self.read != input {
            // Nothing is known of the encoder's outputs until the run has succeeded.
            self.read.clear();
            graph.encode(input)?;
            self.read.extend(input);
        }
        Ok(0)
    }

    fn read_by_decoder(
        &mut self,
        graph: &mut dyn Graph,
        input: &[TokenId],
        n_more: usize,
    ) -> Result<usize, EngineError> {
        if input.len() + n_more > graph.capacity() {
            self.read.clear();
            graph.reserve(input.len() + n_more)?;
        }
        let n_known = self.read.iter().zip(input).take_while(|(known, new)| known == new).count();
        self.read.truncate(n_known);
        for chunk in input[n_known..].chunks(CHUNK_LEN) {
            graph.decode(chunk, self.read.len(), Wanted::NextIds)?;
            self.read.extend(chunk);
        }
        Ok(input.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_graph::{Call, FakeGraph};

    #[test]
    fn an_encoder_reads_each_prompt_once() {
        let mut graph = FakeGraph::counting();
        let mut reader = PromptReader::new(Architecture::EncoderDecoder);
        for input in [[1, 2].as_slice(), &[1, 2], &[1, 2, 3]] {
            assert_eq!(reader.read(&mut graph, input, 8).unwrap(), 0, "the decoder starts empty");
        }
        assert_eq!(
            graph.calls,
            [Call::Encode(vec![1, 2]), Call::Encode(vec![1, 2, 3])],
            "the repeated prompt is known"
        );
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
        assert_eq!(reader.read(&mut graph, &[1, 2, 3], 8).unwrap(), 3);
        reader.note_fed(3, &[9]);
        assert_eq!(reader.read(&mut graph, &[1, 2, 3, 9, 4], 8).unwrap(), 5);
        assert_eq!(reader.read(&mut graph, &[1, 7], 8).unwrap(), 2);
        let fed =
            [Call::Decode(vec![1, 2, 3], 0), Call::Decode(vec![4], 4), Call::Decode(vec![7], 1)];
        assert_eq!(graph.calls, fed, "a common beginning stays in the cache");
    }

    #[test]
    fn a_long_prompt_is_read_in_chunks() {
        let mut graph = FakeGraph::counting();
        let input: Vec<TokenId> = (0..100).collect();
        PromptReader::new(Architecture::DecoderOnly).read(&mut graph, &input, 8).unwrap();
        let widths: Vec<usize> = graph.calls.iter().map(Call::width).collect();
        assert_eq!(widths, [64, 36], "a cancelled request must not wait for the whole prompt");
    }
}
