"""The embedded model's own pipeline: from packages of the registries to a checkpoint for `pounce convert`.

For maintainers. Nothing here is needed to build or use Pounce. `corpus` chooses, fetches and filters
source code; `network` trains a T5 on it. Each step is a command of `python -m pounce_training`.
"""
