//! [`Rotation`]: the positions of queries and keys (Su et al. 2021, "RoFormer: Enhanced Transformer
//! with Rotary Position Embedding").

use crate::error::CpuError;
use crate::weights::graph_file::GraphFile;

/// The angle by which each pair of channels is turned at each position.
pub(crate) struct Rotation {
    /// `[max_len, n_pairs]`: the cosine and the sine of the angle.
    cos: Vec<f32>,
    sin: Vec<f32>,
    /// Pairs of channels of a head.
    n_pairs: usize,
    /// Which channels are a pair.
    pub(crate) pairs: Pairs,
}

/// Which channels of a head are turned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// Those of the same index in the first and the second half.
    Halves,
    /// Each with its neighbour.
    Neighbours,
}

impl Rotation {
    /// Loads the tables of these names. `None` if they are no tables.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one is missing or incomplete.
    pub(crate) fn load(
        file: &GraphFile,
        [cos, sin]: [&str; 2],
        pairs: Pairs,
    ) -> Result<Option<Self>, CpuError> {
        let Some([_, n_pairs]) = file.tensor(cos)?.matrix() else { return Ok(None) };
        let (cos, sin) = (file.vector(cos)?, file.vector(sin)?);
        Ok((cos.len() == sin.len()).then_some(Self { cos, sin, n_pairs, pairs }))
    }

    /// Tokens of the longest sequence.
    pub(crate) fn max_len(&self) -> usize {
        self.cos.len() / self.n_pairs
    }

    /// Channels of a head.
    pub(crate) fn head_size(&self) -> usize {
        2 * self.n_pairs
    }

    /// Turns a head's channels, `[head_size]`, as those of the token at `position`.
    pub(crate) fn turn(&self, position: usize, channels: &mut [f32]) {
        let place = position * self.n_pairs;
        let angles = self.cos[place..][..self.n_pairs].iter().zip(&self.sin[place..]);
        match self.pairs {
            Pairs::Halves => {
                let (first, second) = channels.split_at_mut(self.n_pairs);
                let pairs = first.iter_mut().zip(second);
                pairs.zip(angles).for_each(|((x, y), angle)| turn(x, y, angle));
            }
            Pairs::Neighbours => {
                let pairs = channels.as_chunks_mut().0.iter_mut();
                pairs.zip(angles).for_each(|([x, y], angle)| turn(x, y, angle));
            }
        }
    }
}

fn turn(x: &mut f32, y: &mut f32, (cos, sin): (&f32, &f32)) {
    (*x, *y) = (*x * cos - *y * sin, *y * cos + *x * sin);
}
