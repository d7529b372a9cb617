"""The network and its optimizers: what is learnt must be what is stored."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pounce_training.network.checkpoints import checkpoint_folder, packed
from pounce_training.network.checkpoints.checkpoint import Checkpoint
from pounce_training.network.evaluation.cases import Case
from pounce_training.network.evaluation.exact_match import complete
from pounce_training.network.model import T5, bucket, padding_mask
from pounce_training.network.optimizer import Optimizer, orthogonal
from pounce_training.network.sampling.requests.prompt import prompt
from pounce_training.network.settings import Phase, Settings, Sizes

from ..sampling.support import TOKENIZER, vocabulary

SIZES = Sizes(
    vocabulary=16384, width=32, heads=2, head_size=16, feed_forward=64, encoder_layers=2, decoder_layers=1, buckets=8
)


@pytest.fixture
def network() -> T5:
    torch.manual_seed(1)
    return T5(SIZES).eval()


def states(network: T5, inputs: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    written = torch.tensor([[0, 40, 41]] * len(inputs))
    with torch.no_grad():
        return network.decode(written, network.encode(inputs, mask, torch.float32), mask)


def test_padding_changes_nothing(network: T5) -> None:
    inputs = torch.tensor([[6, 50, 51, 52, 22]])
    padded = torch.nn.functional.pad(inputs, (0, 3), value=0)
    expected, found = states(network, inputs, None), states(network, padded, padding_mask(padded, 0))
    assert torch.allclose(expected, found, atol=1e-5)
    assert not torch.allclose(expected, states(network, padded, None), atol=1e-3), "without the mask it would"


def test_the_decoder_does_not_see_the_future(network: T5) -> None:
    memory = network.encode(torch.tensor([[6, 50, 22]]), None, torch.float32)
    short, long = (network.decode(torch.tensor([ids]), memory, None) for ids in ([0, 40], [0, 40, 41]))
    assert torch.allclose(short, long[:, :2], atol=1e-6)


def test_near_positions_have_buckets_of_their_own() -> None:
    distances = torch.tensor([0, -1, -2, -5, -100, -5000, 1, 5000])
    assert bucket(distances, True, 8, 128).tolist() == [0, 1, 2, 2, 3, 3, 5, 7]
    assert bucket(distances, False, 8, 128).tolist() == [0, 1, 2, 4, 7, 7, 0, 0]


def test_a_checkpoint_folder_gives_the_weights_back(network: T5, tmp_path: Path) -> None:
    checkpoint_folder.save(tmp_path, network.state_dict(), SIZES, TOKENIZER)
    loaded = checkpoint_folder.load(tmp_path, SIZES)
    assert loaded.keys() == network.state_dict().keys(), "nothing is left out"
    for name, weights in network.state_dict().items():
        # A query's weights are stored scaled: the smallest of them lose a bit more.
        assert torch.allclose(loaded[name], weights.half().float(), rtol=0, atol=1e-6), f"{name} in half precision"
    with pytest.raises(ValueError, match=r"encoder\.block\.2.*another architecture"):
        checkpoint_folder.load(tmp_path, replace(SIZES, encoder_layers=3))


def test_packed_parts_are_small_and_lose_little(network: T5, tmp_path: Path) -> None:
    checkpoint = Checkpoint(7, 70, 7, network.state_dict(), {"muon": {}}, torch.get_rng_state())
    (tmp_path / "packed.99").write_bytes(b"of an earlier stretch")
    parts = packed.pack(checkpoint, tmp_path, part_mib=1)
    # A byte a weight, and a scale a row: here rows are short.
    assert sum(path.stat().st_size for path in parts) < 1.3 * sum(it.numel() for it in network.parameters())
    assert all(path.stat().st_size <= 1 << 20 for path in parts)
    found = packed.unpack(tmp_path)
    assert (found.step, found.n_tokens, found.steps_since_start, found.optimizer) == (7, 70, 0, None)
    for name, weights in network.state_dict().items():
        bound = weights.abs().max() / 127
        assert (found.network[name] - weights).abs().max() <= bound, name


def test_updates_are_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    for shape in ((3, 16, 48), (2, 48, 16)):
        singular = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert singular.min() > 0.5 and singular.max() < 1.4, shape


def test_both_optimizers_move_their_weights_and_go_on_from_their_state(network: T5) -> None:
    settings = Settings(steps=10, phases=[Phase(0.0, [])], sizes=SIZES)
    inputs, targets = torch.tensor([[6, 50, 51, 22]]), torch.tensor([[60, 61, 1]])

    def step(net: T5, optimizer: Optimizer, number: int) -> float:
        loss = net.loss(inputs, targets, None, 0, torch.float32)
        loss.backward()
        optimizer.step(1.0, number)
        return loss.item()

    before = copy.deepcopy(network.state_dict())
    optimizer = Optimizer(network, settings)
    losses = [step(network, optimizer, number) for number in range(4)]
    assert losses[-1] < losses[0], losses
    for name, weights in network.state_dict().items():
        if name != "decoder_bias.weight":
            assert not torch.equal(weights, before[name]), f"{name} was not moved"
    twin = T5(SIZES)
    twin.load_state_dict(copy.deepcopy(network.state_dict()))
    other = Optimizer(twin, settings)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    step(network, optimizer, 4)
    step(twin, other, 4)
    for name, weights in network.state_dict().items():
        assert torch.equal(weights, twin.state_dict()[name]), f"{name} went another way"


def test_a_completion_begins_with_what_is_forced_and_ends_with_the_line(network: T5) -> None:
    found = []
    for prefix in ("return ", "x = [\n    ", "ab"):
        inputs, forced = prompt(vocabulary(), vocabulary().language("python"), prefix, "", 32)
        found.append(Case("prefix", inputs, forced, ""))
    together = complete(network, vocabulary(), found, torch.float32)
    alone = [complete(network, vocabulary(), [case], torch.float32)[0] for case in found]
    assert together == alone, "others of the batch change nothing"
    assert all("\n" not in text.strip() for text in together), together
