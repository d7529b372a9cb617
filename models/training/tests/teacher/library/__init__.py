"""The teacher's model and grammars. Needs transformers and tree-sitter; run by `make train-toy`."""
