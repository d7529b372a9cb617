//! [`edit_object`]: the smallest change of a JSON text that gives it other values.

use jsonc_parser::cst::{CstArray, CstInputValue, CstObject, CstObjectProp};
use serde_json::{Map, Value};

/// Changes an object of a text, which has the values `old`, so that it has those of `new`.
pub(super) fn edit_object(object: &CstObject, old: &Map<String, Value>, new: &Map<String, Value>) {
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        object.get(name).into_iter().for_each(CstObjectProp::remove);
    }
    for (name, value) in new.iter().filter(|(name, value)| old.get(*name) != Some(*value)) {
        match (object.get(name), old.get(name)) {
            (Some(property), Some(old)) => edit_property(&property, old, value),
            _ => drop(object.append(name, input(value))),
        }
    }
}

fn edit_property(property: &CstObjectProp, old: &Value, new: &Value) {
    match (property.object_value(), property.array_value(), old, new) {
        (Some(object), _, Value::Object(old), Value::Object(new)) => edit_object(&object, old, new),
        (_, Some(array), Value::Array(old), Value::Array(new)) if only_appends(old, new) => {
            edit_array(&array, old, new);
        }
        _ => property.set_value(input(new)),
    }
}

/// Whether `new` is what is left of `old`, and other elements after that.
fn only_appends(old: &[Value], new: &[Value]) -> bool {
    let kept: Vec<_> = kept(old, new).collect();
    kept.iter().copied().eq(new.iter().take(kept.len()))
}

/// The elements of `old` that `new` has as well.
fn kept<'a>(old: &'a [Value], new: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    old.iter().filter(|element| new.contains(element))
}

fn edit_array(array: &CstArray, old: &[Value], new: &[Value]) {
    let removed = array.elements().into_iter().zip(old).filter(|(_, value)| !new.contains(value));
    removed.for_each(|(element, _)| element.remove());
    let n_kept = kept(old, new).count();
    new[n_kept..].iter().for_each(|value| drop(array.append(input(value))));
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(is_set) => CstInputValue::Bool(*is_set),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(elements) => CstInputValue::Array(elements.iter().map(input).collect()),
        Value::Object(map) => {
            let fields = map.iter().map(|(name, value)| (name.clone(), input(value)));
            CstInputValue::Object(fields.collect())
        }
    }
}
