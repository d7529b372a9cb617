//! [`fit`]: a [`ConfidenceModel`] from completions of which it is known whether they are right.
//! [`fit_near`] does with few of them, starting from what was fitted to another model.

use super::features::Features;
use super::matrix::solve;
use super::model::ConfidenceModel;

const N: usize = Features::NAMES.len();
/// Newton's method converges within a few steps on data of this kind.
const N_STEPS: usize = 25;
/// How strongly weights are drawn towards zero (ridge regression), so that features that say nearly
/// the same do not get huge weights of opposite signs.
const RIDGE: f64 = 1.0;
/// The same towards the weights of another model. What a feature says differs little between models;
/// two hundred examples say less about it than the thousands that those weights were fitted to.
const RIDGE_NEAR: f64 = 10.0;

/// A completion, and whether it is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example {
    /// Its features.
    pub features: Features,
    /// Whether it is the text that was looked for.
    pub is_right: bool,
}

/// Fits a logistic regression to the examples by Newton's method (iteratively reweighted least
/// squares; Bishop, *Pattern Recognition and Machine Learning*, section 4.3.3). `None` if all are right
/// or all are wrong: then nothing can be learnt.
pub fn fit(examples: &[Example]) -> Option<ConfidenceModel> {
    adapt(standardizing(examples), RIDGE, examples)
}

/// Fits like [`fit`], but draws the weights towards those of `known` instead of towards zero. Only the
/// intercept is free.
pub fn fit_near(examples: &[Example], known: &ConfidenceModel) -> Option<ConfidenceModel> {
    adapt(known.clone(), RIDGE_NEAR, examples)
}

/// The `model` with other weights, which the ridge keeps near its own.
fn adapt(mut model: ConfidenceModel, ridge: f64, examples: &[Example]) -> Option<ConfidenceModel> {
    let n_right = examples.iter().filter(|example| example.is_right).count();
    if n_right == 0 || n_right == examples.len() {
        return None;
    }
    let rows: Vec<([f64; N + 1], f64)> = examples.iter().map(|it| row(&model, it)).collect();
    let known = model.weights;
    let mut weights = [0.0; N + 1];
    weights[..N].copy_from_slice(&known);
    weights[N] = model.intercept;
    for _ in 0..N_STEPS {
        let drawn = std::array::from_fn(|index| ridge * (weights[index] - known[index]));
        let step = newton_step(&rows, &weights, ridge, drawn)?;
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight -= step);
    }
    model.intercept = weights[N];
    model.weights.copy_from_slice(&weights[..N]);
    model.n_cases = examples.len();
    Some(model)
}

/// A model without weights, which has the means and scales of the examples.
fn standardizing(examples: &[Example]) -> ConfidenceModel {
    let n = examples.len() as f64;
    let values = |index: usize| examples.iter().map(move |it| it.features.0[index]);
    let means: [f64; N] = std::array::from_fn(|index| values(index).sum::<f64>() / n);
    let scales = std::array::from_fn(|index| {
        let squares = values(index).map(|value| (value - means[index]).powi(2)).sum::<f64>();
        Some((squares / n).sqrt()).filter(|scale| *scale > 0.0).unwrap_or(1.0)
    });
    let features = Features::NAMES.map(str::to_owned).to_vec();
    let (weights, n_cases) = ([0.0; N], examples.len());
    ConfidenceModel { features, means, scales, weights, intercept: 0.0, n_cases }
}

/// The standardized features and a one for the intercept, and the target.
fn row(model: &ConfidenceModel, example: &Example) -> ([f64; N + 1], f64) {
    let mut inputs = [1.0; N + 1];
    inputs[..N].copy_from_slice(&model.standardized(&example.features));
    (inputs, f64::from(u8::from(example.is_right)))
}

/// The inverse of the Hessian times the gradient. `drawn` is the ridge's part of the gradient; the
/// intercept has none.
fn newton_step(
    rows: &[([f64; N + 1], f64)],
    weights: &[f64; N + 1],
    ridge: f64,
    drawn: [f64; N],
) -> Option<[f64; N + 1]> {
    let mut hessian = [[0.0; N + 1]; N + 1];
    let mut gradient = [0.0; N + 1];
    (0..N).for_each(|index| hessian[index][index] = ridge);
    gradient[..N].copy_from_slice(&drawn);
    for (inputs, target) in rows {
        let z: f64 = inputs.iter().zip(weights).map(|(x, weight)| x * weight).sum();
        let probability = 1.0 / (1.0 + (-z).exp());
        let curvature = probability * (1.0 - probability);
        for (i, x) in inputs.iter().enumerate() {
            gradient[i] += (probability - target) * x;
            for (j, y) in inputs.iter().enumerate() {
                hessian[i][j] += curvature * x * y;
            }
        }
    }
    solve(hessian, gradient)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A completion whose sum of log-probabilities is `sum`.
    fn example(sum: f64, is_right: bool) -> Example {
        let mut features = [0.0; N];
        features[0] = sum;
        Example { features: Features(features), is_right }
    }

    #[test]
    fn the_probability_follows_the_share_that_is_right() {
        let mut random = fastrand::Rng::with_seed(3);
        let draw = |_| {
            let sum = -6.0 * random.f64();
            let probability = 1.0 / (1.0 + (-(2.0 * sum + 4.0)).exp());
            example(sum, random.f64() < probability)
        };
        let model = fit(&(0..4000).map(draw).collect::<Vec<_>>()).expect("both kinds are there");
        for (sum, expected) in [(-1.0, 0.881), (-2.0, 0.5), (-3.0, 0.119)] {
            let found = model.confidence(&example(sum, true).features).probability;
            assert!((found - expected).abs() < 0.04, "after {sum}: {found}, not {expected}");
        }
    }

    #[test]
    fn a_few_examples_move_the_intercept_and_hardly_the_weights() {
        let mut random = fastrand::Rng::with_seed(3);
        let draw = |intercept: f64, random: &mut fastrand::Rng| {
            let sum = -6.0 * random.f64();
            let probability = 1.0 / (1.0 + (-(2.0 * sum + intercept)).exp());
            example(sum, random.f64() < probability)
        };
        let many: Vec<Example> = (0..4000).map(|_| draw(4.0, &mut random)).collect();
        let known = fit(&many).expect("both kinds are there");
        let few: Vec<Example> = (0..200).map(|_| draw(2.0, &mut random)).collect();
        let near = fit_near(&few, &known).expect("both kinds are there");
        let at = |sum| near.confidence(&example(sum, true).features).probability;
        assert!((at(-1.0) - 0.5).abs() < 0.1, "half of those are right: {}", at(-1.0));
        assert!(at(-3.0) < 0.1, "the slope is kept: {}", at(-3.0));
        assert_eq!(fit_near(&[example(-1.0, true)], &known), None, "one kind tells nothing");
    }

    #[test]
    fn nothing_is_learnt_from_one_kind() {
        assert_eq!(fit(&[example(-1.0, true), example(-2.0, true)]), None);
        assert_eq!(fit(&[]), None);
    }
}
