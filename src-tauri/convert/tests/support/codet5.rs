//! A checkpoint with the file names of `Salesforce/codet5p-220m`: a pickle, and the files of a
//! byte-level BPE tokenizer, whose merges are trained on the text of this module.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde_json::json;

use super::random_checkpoint::{Shape, Tensor, byte_alphabet};
use super::torch_archive;

/// The names of all files, in alphabetical order.
pub const FILES: [&str; 5] =
    ["config.json", "merges.txt", "pytorch_model.bin", "special_tokens_map.json", "vocab.json"];

const SPECIALS: [&str; 5] = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"];
const N_SENTINELS: usize = 100;
const EMBEDDING: &str = "shared.weight";

/// Writes the checkpoint. The model writes words alone, so that its texts are noise but never empty.
pub fn write(dir: &Path, shape: &Shape, seed: u64) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let tokens = write_tokenizer(dir, shape.vocab_size)?;
    fs::write(dir.join("config.json"), shape.config().to_string())?;
    let tensors = shape.tensors();
    let storages = tensors.iter().map(|tensor| match tensor.name.as_str() {
        EMBEDDING => without_scores(tensor, &tokens, seed),
        _ => tensor.bytes(seed),
    });
    let pickle = torch_archive::state_dict(&tensors);
    torch_archive::write_archive(&dir.join("pytorch_model.bin"), &pickle, storages)
}

/// Returns the embedding with zeros for all tokens but words, which makes other tokens unlikely.
fn without_scores(embedding: &Tensor, tokens: &[String], seed: u64) -> Vec<u8> {
    let mut bytes = embedding.bytes(seed);
    let rows = bytes.chunks_exact_mut(embedding.size_bytes() / embedding.shape[0]);
    for (row, token) in rows.zip(tokens) {
        if !token.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            row.fill(0);
        }
    }
    bytes
}

/// Writes the tokenizer's files and returns its tokens by id, the sentinels included.
fn write_tokenizer(dir: &Path, vocab_size: usize) -> io::Result<Vec<String>> {
    let mut tokens: Vec<String> = SPECIALS.map(str::to_owned).to_vec();
    tokens.extend(byte_alphabet().iter().map(char::to_string));
    let merges = train(include_str!("codet5.rs"), &mut tokens, vocab_size - N_SENTINELS);
    let vocab: BTreeMap<_, _> = tokens.iter().enumerate().map(|(id, it)| (it, id)).collect();
    let lines = merges.iter().map(|(left, right)| format!("{left} {right}\n"));
    let sentinels: Vec<_> =
        (0..N_SENTINELS).rev().map(|index| format!("<extra_id_{index}>")).collect();
    let special = json!({ "additional_special_tokens": sentinels });
    fs::write(dir.join("vocab.json"), json!(vocab).to_string())?;
    fs::write(dir.join("merges.txt"), lines.collect::<String>())?;
    fs::write(dir.join("special_tokens_map.json"), special.to_string())?;
    tokens.extend(sentinels);
    Ok(tokens)
}

/// Trains a byte-pair encoding (Sennrich et al., 2016): merges the most frequent pair until there are
/// `n_tokens`. Returns the pairs in the order of their merges.
fn train(text: &str, tokens: &mut Vec<String>, n_tokens: usize) -> Vec<(String, String)> {
    let letters = |word: &str| word.chars().map(String::from).collect();
    let mut words: Vec<Vec<String>> = text.split_ascii_whitespace().map(letters).collect();
    let mut merges = Vec::new();
    while tokens.len() < n_tokens {
        let (left, right) = most_frequent_pair(&words).expect("the text has enough words");
        let token = format!("{left}{right}");
        words.iter_mut().for_each(|word| join(word, &left, &right));
        merges.push((left, right));
        // Two pairs may make the same token.
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    merges
}

fn most_frequent_pair(words: &[Vec<String>]) -> Option<(String, String)> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for pair in words.iter().flat_map(|word| word.windows(2)) {
        *counts.entry((&pair[0], &pair[1])).or_default() += 1;
    }
    let (&(left, right), _) = counts.iter().max_by_key(|(_, count)| **count)?;
    Some((left.to_owned(), right.to_owned()))
}

fn join(word: &mut Vec<String>, left: &str, right: &str) {
    let mut place = 0;
    while place + 1 < word.len() {
        if word[place] == left && word[place + 1] == right {
            let right = word.remove(place + 1);
            word[place] += &right;
        }
        place += 1;
    }
}
