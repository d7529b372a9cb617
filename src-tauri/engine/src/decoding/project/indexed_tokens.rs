//! [`IndexedTokens`]: tokens of the project, and where each of them stands.

use crate::backend::graph::TokenId;

/// Longer matches say no more.
const MAX_MATCH: usize = 16;
/// Stands behind each piece of code. No vocabulary has it.
const SEPARATOR: TokenId = TokenId::MAX;

/// The tokens of pieces of code, and where each token stands.
#[derive(Debug, Default)]
pub(crate) struct IndexedTokens {
    /// Each piece is followed by a separator.
    tokens: Vec<TokenId>,
    /// The places of all tokens, ordered by token, then by place: `[n_tokens]`.
    places: Vec<u32>,
}

/// A place where the last tokens of a text stand, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    /// How many of the last tokens stand there: at least one, at most [`MAX_MATCH`].
    pub(crate) len: usize,
    /// What follows there in the same piece; at least one token.
    pub(crate) followers: &'a [TokenId],
}

impl IndexedTokens {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Vec<TokenId>>) -> Self {
        let mut tokens = Vec::new();
        for piece in pieces {
            tokens.extend(piece);
            tokens.push(SEPARATOR);
        }
        let mut places: Vec<u32> = (0..).take(tokens.len()).collect();
        places.sort_by_key(|place| tokens[*place as usize]);
        Self { tokens, places }
    }

    /// The places where the last token of `text` stands and another one follows.
    pub(crate) fn matches<'a>(&'a self, text: &'a [TokenId]) -> impl Iterator<Item = Match<'a>> {
        let places = text.last().map_or(&[][..], |last| self.places_of(*last));
        let ends = places.iter().map(|place| *place as usize + 1);
        ends.filter(|end| self.tokens[*end] != SEPARATOR).map(|end| {
            let (earlier, followers) = self.tokens.split_at(end);
            let n_followers = followers.iter().position(|token| *token == SEPARATOR);
            Match {
                len: common_suffix_len(earlier, text),
                followers: &followers[..n_followers.unwrap_or_default()],
            }
        })
    }

    /// The first of the longest matches.
    pub(crate) fn longest_match<'a>(&'a self, text: &'a [TokenId]) -> Option<Match<'a>> {
        let longer = |a: Match<'a>, b: Match<'a>| if b.len > a.len { b } else { a };
        self.matches(text).reduce(longer)
    }

    fn places_of(&self, token: TokenId) -> &[u32] {
        let token_at = |place: &u32| self.tokens[*place as usize];
        let from = self.places.partition_point(|place| token_at(place) < token);
        let n = self.places[from..].partition_point(|place| token_at(place) == token);
        if token == SEPARATOR { &[] } else { &self.places[from..from + n] }
    }
}

/// How many of the last tokens of `a` and `b` are equal, up to [`MAX_MATCH`].
fn common_suffix_len(a: &[TokenId], b: &[TokenId]) -> usize {
    let pairs = a.iter().rev().zip(b.iter().rev()).take(MAX_MATCH);
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_tokens_are_found_with_what_follows() {
        let tokens = IndexedTokens::new([vec![1, 2, 3, 9, 2, 4], vec![5, 1, 2], vec![1, 2, 6]]);
        let found = |text: &[TokenId]| {
            let found = tokens.matches(text).map(|it| (it.len, it.followers.to_vec()));
            found.collect::<Vec<_>>()
        };
        let all = [(2, vec![3, 9, 2, 4]), (1, vec![4]), (2, vec![6])];
        assert_eq!(found(&[7, 1, 2]), all, "each place, but not the end of a piece");
        assert_eq!(found(&[9, 2])[1], (2, vec![4]));
        assert_eq!(found(&[8]), [], "an unknown token");
        assert_eq!(found(&[]), [], "no token");
        assert_eq!(found(&[SEPARATOR]), [], "no match goes from one piece to the next");
        let longest = tokens.longest_match(&[1, 2]).map(|it| it.followers[0]);
        assert_eq!(longest, Some(3), "the first of equally long ones");
        assert_eq!(IndexedTokens::default().longest_match(&[1]), None);
    }

    #[test]
    fn a_match_has_a_limit() {
        let tokens = IndexedTokens::new([vec![1; 100]]);
        assert_eq!(tokens.longest_match(&[1; 50]).map(|it| it.len), Some(MAX_MATCH));
    }
}
