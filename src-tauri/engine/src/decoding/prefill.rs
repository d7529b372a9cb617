//! [`PromptReader`]: feeds a prompt to a graph, except for the part that the graph has read before.
//!
//! This makes reading ahead possible: a prompt that was read when the user copied it costs nothing
//! when the hotkey is pressed.

use pounce_model_format::Architecture;

use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::error::EngineError;

/// A decoder-only model reads this many prompt tokens in one run. Twice as many are no faster, half
/// as many take a tenth longer.
const CHUNK_LEN: usize = 128;

/// How a prompt was read, and the part that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading<'i> {
    /// Tokens that had not been read before, including `rest`. For an encoder all or none.
    pub(crate) n_new: usize,
    /// Position of `rest`: the tokens before it are in the decoder's cache.
    pub(crate) past: usize,
    /// The end of the prompt, for the run that chooses the first token: less than a chunk, and
    /// empty if an encoder read the prompt.
    pub(crate) rest: &'i [TokenId],
}

/// Knows which tokens a graph has read.
#[derive(Debug)]
pub(crate) struct PromptReader {
    architecture: Architecture,
    /// The encoder's input, or the tokens in a decoder-only model's cache.
    read: Vec<TokenId>,
}

impl PromptReader {
    pub(crate) fn new(architecture: Architecture) -> Self {
        Self { architecture, read: Vec::new() }
    }

    /// How many tokens of `input` have not been read. For an encoder all or none.
    pub(crate) fn n_unread(&self, input: &[TokenId]) -> usize {
        match self.architecture {
            Architecture::EncoderDecoder if self.read == input => 0,
            Architecture::EncoderDecoder => input.len(),
            Architecture::DecoderOnly => input.len() - self.n_cached(input),
        }
    }

    /// How many tokens `input` has in common with the beginning of the decoder's cache.
    fn n_cached(&self, input: &[TokenId]) -> usize {
        self.read.iter().zip(input).take_while(|(cached, new)| cached == new).count()
    }

    /// Lets `graph` read `input`, and reserves room for `n_more` decoder tokens. A decoder-only
    /// model leaves the [rest](Reading::rest) of less than a chunk for the run that chooses the
    /// first token.
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

    /// Records that `tokens` were fed at `position`, so that a later prompt can begin with them.
    pub(crate) fn record_fed(&mut self, position: usize, tokens: &[TokenId]) {
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
            // If the run fails, the encoder's outputs are of no prompt.
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
        let n_cached = self.n_cached(input);
        self.read.truncate(n_cached);
        let mut chunks = input[n_cached..].chunks_exact(CHUNK_LEN);
        for chunk in &mut chunks {
            graph.decode(chunk, self.read.len(), DecodeOutput::Nothing)?;
            self.read.extend(chunk);
        }
        let n_new = input.len() - n_cached;
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
    fn unread_tokens_are_counted_before_reading() {
        for (architecture, unread) in
            [(Architecture::EncoderDecoder, [3, 4]), (Architecture::DecoderOnly, [2, 1])]
        {
            let mut graph = FakeGraph::counting();
            let mut reader = PromptReader::new(architecture);
            assert_eq!(reader.n_unread(&[1, 2, 3]), 3, "nothing was read yet");
            reader.read(&mut graph, &[1, 2, 3], 8).unwrap();
            reader.record_fed(0, &[1, 2, 3]);
            assert_eq!(reader.n_unread(&[1, 2, 3]), 0, "{architecture:?} knows it all");
            let found = [&[1, 8, 9][..], &[1, 2, 3, 4]].map(|input| reader.n_unread(input));
            assert_eq!(found, unread, "{architecture:?} of another end, and of a longer one");
        }
    }

    #[test]
    fn after_a_failed_read_nothing_counts_as_read() {
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
    fn a_decoder_reads_only_after_the_first_difference() {
        let mut graph = FakeGraph::counting();
        let mut reader = PromptReader::new(Architecture::DecoderOnly);
        let mut check = |input: &[TokenId], past: usize, rest: &[TokenId]| {
            let reading = reader.read(&mut graph, input, 8).unwrap();
            assert_eq!(reading, Reading { n_new: rest.len(), past, rest }, "of {input:?}");
            reader.record_fed(past, rest);
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
        let sizes: Vec<usize> = graph.calls.iter().map(Call::n_tokens).collect();
        assert_eq!(sizes, [128, 128], "a cancelled request does not wait for the whole prompt");
    }
}
