//! [`Fields`]: the fields of a JSON object, each taken by its name. What is left at the end must be
//! known to change nothing, or is refused by name.

use hyper::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// What a field may hold that has no effect here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    /// Anything: it is about how the answer is computed, not about the answer.
    Any,
    /// Anything, unless the text is drawn at random: it only says from which tokens, and the
    /// likeliest is among them.
    Bound,
    /// Nothing, or one of these numbers: it would make the text another one.
    Only(&'static [f64]),
}

/// The rules of a protocol's fields, by name.
pub(crate) type Rules = [(&'static str, Rule)];

/// The fields of a JSON object that were not taken yet.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Parses a request's body.
    ///
    /// # Errors
    /// A refusal that says where the JSON is wrong.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let wrong = |what: String| Refusal::new(StatusCode::BAD_REQUEST, what);
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(wrong("the body must be a JSON object".to_owned())),
            Err(error) => Err(wrong(format!("the body is no JSON: {error}"))),
        }
    }

    /// Takes a field; `None` if it is absent or `null`.
    ///
    /// # Errors
    /// A refusal if it has another type.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Refusal> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| Refusal::of_field(name, format_args!("is wrong: {error}"))),
        }
    }

    /// Takes a field that is an object; an absent one has no fields.
    ///
    /// # Errors
    /// A refusal if it has another type.
    pub(crate) fn take_object(&mut self, name: &str) -> Result<Self, Refusal> {
        Ok(Self(self.take(name)?.unwrap_or_default()))
    }

    /// Checks that the fields that are left have no effect.
    ///
    /// # Errors
    /// A refusal that names the first one that would have, or is not known.
    pub(crate) fn finish(self, rules: &Rules, is_random: bool) -> Result<(), Refusal> {
        for (name, value) in &self.0 {
            let Some((_, rule)) = rules.iter().find(|(known, _)| known == name) else {
                return Err(Refusal::of_field(name, "is not known here: leave it out"));
            };
            rule.check(name, value, is_random)?;
        }
        Ok(())
    }
}

impl Rule {
    fn check(self, name: &str, value: &Value, is_random: bool) -> Result<(), Refusal> {
        match self {
            Self::Any => Ok(()),
            _ if is_empty(value) => Ok(()),
            Self::Bound if is_random => Err(Refusal::of_field(
                name,
                "cannot be had with a temperature: leave one of them out",
            )),
            Self::Bound => Ok(()),
            Self::Only(numbers)
                if value.as_f64().is_some_and(|number| numbers.contains(&number)) =>
            {
                Ok(())
            }
            Self::Only(_) => Err(Refusal::of_field(name, "cannot be had here: leave it out")),
        }
    }
}

/// Whether a value says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &Rules =
        &[("keep_alive", Rule::Any), ("top_k", Rule::Bound), ("penalty", Rule::Only(&[0.0]))];

    fn blamed(json: &str, is_random: bool) -> Option<String> {
        Fields::parse(json.as_bytes()).unwrap().finish(RULES, is_random).err()?.field
    }

    #[test]
    fn what_would_change_the_text_is_refused_by_name() {
        assert_eq!(blamed(r#"{"keep_alive": "5m", "top_k": 40, "penalty": 0}"#, false), None);
        assert_eq!(blamed(r#"{"penalty": 1.5}"#, false).as_deref(), Some("penalty"));
        assert_eq!(blamed(r#"{"penalty": null}"#, false), None, "null asks for nothing");
        assert_eq!(blamed(r#"{"top_k": 40}"#, true).as_deref(), Some("top_k"));
        assert_eq!(blamed(r#"{"grammar": "x"}"#, false).as_deref(), Some("grammar"));
    }

    #[test]
    fn wrong_json_is_refused_with_its_place() {
        let message = |json: &[u8]| Fields::parse(json).unwrap_err().message;
        assert!(message(b"{\"prompt\": \"a").contains("line 1 column"), "an end that is missing");
        assert!(message(b"[1]").contains("object"), "another type");
        assert!(message(b"\xff").contains("no JSON"), "no UTF-8");
        assert!(message(br#"{"prompt": "\ud83d"}"#).contains("no JSON"), "half a symbol");
        assert!(message("[".repeat(100_000).as_bytes()).contains("recursion"), "a deep nest");
        let mut fields = Fields::parse(br#"{"n": "many"}"#).unwrap();
        let refusal = fields.take::<u32>("n").unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some("n"), "a wrong type is told by the field's name");
    }
}
