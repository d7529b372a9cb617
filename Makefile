# Two commands: `make run` and `make test`. Both install what is missing, and both can be repeated.

scripts := src-tauri/scripts

# Turns off ONNX Runtime's telemetry, also in the Python programs.
export ORT_DISABLE_TELEMETRY = 1

.PHONY: run test setup bench lint screenshots train-toy package windows

# Starts the tray app; completes a sample in the terminal where there is no display.
run:
	@$(scripts)/run.sh

# Runs every test: Rust, windows, and the desktop app from end to end.
test:
	@$(scripts)/test.sh

# Fetches ONNX Runtime only, to build with cargo by hand.
setup:
	@$(scripts)/check-tools.sh
	@$(scripts)/fetch-onnxruntime.sh

# Measures Pounce beside CTranslate2, transformers, ONNX Runtime and llama.cpp; `make bench ARGS=--quick` is short.
# `pounce bench` measures Pounce alone, without installing anything.
bench:
	@$(scripts)/bench.sh $(ARGS)

# Formatting, lints and documentation, with warnings denied.
lint:
	@$(scripts)/lint.sh

# Takes the pictures in ui/screenshots again, on a machine that does nothing else.
screenshots:
	@$(scripts)/screenshots.sh

# Runs the whole training pipeline at toy size on a CPU, in minutes. Not part of `test`, because it installs PyTorch.
train-toy:
	@$(scripts)/train-toy.sh

# Builds a .deb and an .rpm into target/release/bundle; `make package ARGS=appimage` builds another kind.
package:
	@$(scripts)/package.sh $(ARGS)

# Builds the terminal commands for Windows and runs them under Wine. Not part of `test`.
windows:
	@$(scripts)/windows.sh
