//! Fields whose numbers have bounds.

use pounce_service::Sampling;

use crate::http::fields::Fields;
use crate::http::refusal::Refusal;

/// The most texts that one request can have: as many as the service looks for.
const MAX_CHOICES: usize = 3;

/// Takes how many texts are wanted; 1 if the field is absent.
///
/// # Errors
/// A refusal if there are never as many.
pub(crate) fn take_n(fields: &mut Fields, name: &str) -> Result<usize, Refusal> {
    let n = fields.take::<usize>(name)?.unwrap_or(1);
    if (1..=MAX_CHOICES).contains(&n) {
        return Ok(n);
    }
    Err(Refusal::of_field(name, format_args!("must be between 1 and {MAX_CHOICES}")))
}

/// Takes the most tokens; `None` if the field is absent or negative, which means no limit.
///
/// # Errors
/// A refusal if it is no whole number.
pub(crate) fn take_max_tokens(fields: &mut Fields, name: &str) -> Result<Option<usize>, Refusal> {
    let asked = fields.take::<i64>(name)?;
    Ok(asked.and_then(|asked| usize::try_from(asked).ok()))
}

/// Takes `temperature`, `top_p` and `seed`; `None` where no temperature is asked for, so that the
/// settings decide.
///
/// # Errors
/// A refusal if one is out of its bounds.
pub(crate) fn take_sampling(fields: &mut Fields) -> Result<Option<Sampling>, Refusal> {
    let temperature = fields.take::<f32>("temperature")?;
    let top_p = fields.take::<f32>("top_p")?.unwrap_or(1.0);
    let seed = fields.take::<i64>("seed")?.and_then(|seed| u64::try_from(seed).ok());
    let Some(temperature) = temperature else { return Ok(None) };
    if !(0.0..=2.0).contains(&temperature) {
        return Err(Refusal::of_field("temperature", "must be between 0 and 2"));
    }
    if !(top_p > 0.0 && top_p <= 1.0) {
        return Err(Refusal::of_field("top_p", "must be above 0 and at most 1"));
    }
    Ok(Some(Sampling { temperature, top_p, seed }))
}

/// Whether a request asks for a text that is drawn at random.
pub(crate) fn is_random(sampling: Option<Sampling>) -> bool {
    sampling.is_some_and(|sampling| sampling.temperature > 0.0)
}
