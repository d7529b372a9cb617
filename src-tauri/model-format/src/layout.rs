//! The files of a model's folder.

/// The name of the manifest.
pub const FILE_NAME: &str = "manifest.json";

/// The version of the folder's layout that this build writes and reads.
pub const FORMAT: u32 = 1;

/// The name of the graph that reads the prompt, in models that have an encoder.
pub const ENCODER_FILE: &str = "encoder.onnx";

/// The name of the graph that writes the completion.
pub const DECODER_FILE: &str = "decoder.onnx";

/// The name of the file that has the matrices of all graphs.
pub const WEIGHTS_FILE: &str = "weights.bin";

/// The name of the tokenizer, in Hugging Face's format.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
