# Two commands: `make run` and `make test`. Both install what is missing, and both can be repeated.

scripts := src-tauri/scripts

# No report to the maker of ONNX Runtime, in the Python programs either.
export ORT_DISABLE_TELEMETRY = 1

.PHONY: run test setup bench lint train-toy

# Starts the tray app; completes a sample in the terminal where there is no display.
run:
	@$(scripts)/run.sh

# Runs every test: Rust, windows, and the desktop app from end to end.
test:
	@$(scripts)/test.sh

# Fetches ONNX Runtime alone, for those who build with cargo themselves.
setup:
	@$(scripts)/check-tools.sh
	@$(scripts)/fetch-onnxruntime.sh

# Measures Pounce beside CTranslate2, transformers, ONNX Runtime and llama.cpp; `make bench ARGS=--quick` is short.
# `pounce bench` measures Pounce alone, and needs nothing.
bench:
	@$(scripts)/bench.sh $(ARGS)

# Formatting, lints and documentation, with warnings denied.
lint:
	@$(scripts)/lint.sh

# Trains at toy size on a CPU, converts, completes: the model's whole pipeline in minutes. Not in `test`:
# it installs PyTorch.
train-toy:
	@$(scripts)/train-toy.sh
