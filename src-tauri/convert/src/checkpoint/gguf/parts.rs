//! Models in several GGUF files, as `llama-gguf-split` writes them: `name-00001-of-00003.gguf`.

/// The most files of a model. The largest published ones have some fifty.
const MAX_PARTS: usize = 256;

/// The names of all files of the model that a GGUF file belongs to, itself among them, in order. A file
/// that is all of its model is alone.
pub fn gguf_parts(file: &str) -> Vec<String> {
    let Some((base, count)) = split(file) else { return vec![file.to_owned()] };
    let ending = &file[file.len() - ENDING..];
    (1..=count).map(|part| format!("{base}-{part:05}-of-{count:05}{ending}")).collect()
}

/// The length of `.gguf`.
const ENDING: usize = ".gguf".len();

/// What the names of all parts begin with, and how many there are.
fn split(file: &str) -> Option<(&str, usize)> {
    let stem = file.get(..file.len().checked_sub(ENDING)?)?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (base, part) = rest.rsplit_once('-')?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (part, count): (usize, usize) = (is_number(part) && is_number(count))
        .then(|| Some((part.parse().ok()?, count.parse().ok()?)))??;
    ((1..=count).contains(&part) && count <= MAX_PARTS).then_some((base, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_names_all_others() {
        let all = ["x/m-00001-of-00002.gguf", "x/m-00002-of-00002.gguf"];
        assert_eq!(gguf_parts(all[1]), all);
        for alone in
            ["m.gguf", "m-1-of-2.gguf", "m-00003-of-00002.gguf", "m-00001-of-99999.gguf", "é"]
        {
            assert_eq!(gguf_parts(alone), [alone]);
        }
    }
}
