//! How alike two rows of scores are.

/// Pearson's correlation coefficient of `a` and `b`.
pub(crate) fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |x: &[f32]| x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len() as f64;
    let covariance = |a: &[f32], b: &[f32]| -> f64 {
        let (mean_a, mean_b) = (mean(a), mean(b));
        a.iter().zip(b).map(|(a, b)| (f64::from(*a) - mean_a) * (f64::from(*b) - mean_b)).sum()
    };
    covariance(a, b) / (covariance(a, a) * covariance(b, b)).sqrt()
}
