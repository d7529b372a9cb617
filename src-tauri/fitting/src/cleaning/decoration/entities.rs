//! Code that was escaped for HTML as a whole.

use std::collections::BTreeMap;

use crate::cleaning::characters::is_odd_space;
use crate::cleaning::code::Spared;
use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Dress, Layer};

/// Entities that stand for characters of code, the usual spelling of a character first.
const NAMED: [(&str, char); 24] = [
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("LT", '<'),
    ("GT", '>'),
    ("AMP", '&'),
    ("QUOT", '"'),
    ("hellip", '…'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("minus", '−'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("shy", '\u{ad}'),
    ("grave", '`'),
    ("lowbar", '_'),
];

/// The longest entity, without `&` and `;`: `#x10FFFF`.
const MAX_LENGTH: usize = 8;

/// Characters that HTML cannot have as they are.
const SPECIAL: [(char, &str); 3] = [('<', "&lt;"), ('>', "&gt;"), ('&', "&amp;")];

/// Decodes the entities if the text has no character bare that it has escaped, no tag, and
/// entities outside of its strings and comments.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let text = draft.text();
    let entities = entities(text);
    if entities.is_empty() || text.contains('<') {
        return None;
    }
    let mut edits = Edits::default();
    let mut escapes = BTreeMap::new();
    for &(start, spelling, character) in &entities {
        edits.replace(start..start + spelling.len(), character.to_string());
        if character.is_ascii_punctuation() {
            escapes.entry(character).or_insert_with(|| spelling.to_owned());
        }
    }
    let bare = |character: char| is_bare(text, &entities, character);
    if escapes.keys().any(|character| bare(*character)) || !any_in_code(text, &entities) {
        return None;
    }
    for (character, spelling) in SPECIAL.into_iter().filter(|(character, _)| !bare(*character)) {
        escapes.entry(character).or_insert_with(|| spelling.to_owned());
    }
    Layer::dressed(edits, Escapes(escapes))
}

/// Every entity: where it starts, how it is written, and what it stands for.
fn entities(text: &str) -> Vec<(usize, &str, char)> {
    let starts = text.match_indices('&').map(|(start, _)| start);
    starts
        .filter_map(|start| {
            let rest = &text[start + 1..];
            let length = rest.bytes().take(MAX_LENGTH + 1).position(|byte| byte == b';')?;
            Some((start, &text[start..start + length + 2], decode(&rest[..length])?))
        })
        .collect()
}

fn decode(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        },
        None => {
            return NAMED.iter().find(|(named, _)| *named == name).map(|(_, character)| *character);
        }
    };
    let character = char::from_u32(number)?;
    Some(if is_odd_space(character) { ' ' } else { character }).filter(|c| !c.is_control())
}

fn is_bare(text: &str, entities: &[(usize, &str, char)], character: char) -> bool {
    text.match_indices(character).any(|(at, _)| {
        character != '&' || entities.binary_search_by_key(&at, |entity| entity.0).is_err()
    })
}

/// Whether an entity stands in the code itself: one in a string may be meant as such.
fn any_in_code(text: &str, entities: &[(usize, &str, char)]) -> bool {
    let mut spared = Spared::of(text);
    entities.iter().any(|(at, ..)| !spared.contains(*at))
}

/// How each character is escaped.
#[derive(Debug)]
struct Escapes(BTreeMap<char, String>);

impl Dress for Escapes {
    fn dress(&self, completion: &str) -> String {
        let mut escaped = String::with_capacity(completion.len() + 16);
        for character in completion.chars() {
            match self.0.get(&character) {
                Some(entity) => escaped.push_str(entity),
                None => escaped.push(character),
            }
        }
        escaped
    }
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn entities_go_and_the_completion_gets_them() {
        let check = |text: &str, prefix: &str, completed: &str| {
            let snippet = clean(text, &["|"]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.dressed("a < 'b' && \"c\" > d"), completed, "{text:?}");
            assert_eq!(snippet.undo.bare("a < b"), "a < b", "{text:?}");
        };
        let minimal = "a &lt; 'b' &amp;&amp; \"c\" &gt; d";
        check("if (x &lt; y &amp;&amp; ", "if (x < y && ", minimal);
        check("&lt;?php $a-&gt;", "<?php $a->", minimal);
        check(
            "f(&quot;x&quot;, &#39;y&#39;) + ",
            "f(\"x\", 'y') + ",
            "a &lt; &#39;b&#39; &amp;&amp; &quot;c&quot; &gt; d",
        );
        check("a &#60; b &#x26; ", "a < b & ", "a &#60; 'b' &#x26;&#x26; \"c\" &gt; d");
        check("x &lt; y && z-> ", "x < y && z-> ", "a &lt; 'b' && \"c\" > d");
        check("return&nbsp;x&#160;+ ", "return x + ", minimal);
        check("&amp;lt;b&amp;gt; ", "<b> ", "a &amp;lt; 'b' &amp;amp;&amp;amp; \"c\" &amp;gt; d");
    }

    #[test]
    fn entities_of_code_stay() {
        for text in [
            "<p>Tom &amp; Jerry</p>\n<p>",
            "s = s.replace('&', '&amp;')",
            "title = \"Tom &amp; Jerry\" + ",
            "if (a && b &lt)",
            "x = &y;",
            "a > b &gt; c",
        ] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
