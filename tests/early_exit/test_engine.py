"""Batched inference with early exits: routing, order, shortcuts, synchronisations, and what is refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402 - after the check for torch
from hypothesis import strategies as st  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from effbench.early_exit.engine import AdaptiveClassifier  # noqa: E402
from effbench.early_exit.policy import Policy, never  # noqa: E402
from effbench.errors import EffbenchError  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402

NETWORKS = ("ravit_cifar10:1-0-1,patch_size=2", "exit_vit_cifar10:1-2")
SMALL = ",width=16,num_heads=2"


class Listed(nn.Module):
    """Logits are written in the image: (b, exits, 1, classes); the state is a tuple of the place and the stage."""

    def __init__(self, exits: int) -> None:
        super().__init__()
        self.seen: list[list[int]] = []
        self.stages = [self._stage(k) for k in range(exits)]

    def _stage(self, number: int):
        def stage(image, state):
            place = image[:, 0, 0, 0] if state is None else state[0]
            assert torch.equal(place, image[:, 0, 0, 0])  # the state follows its image
            self.seen.append(place.int().tolist())
            return image[:, 1 + number, 0], (place, torch.full_like(place, number))

        return stage


class Quiet(nn.Module):
    """As Listed, without looking at values."""

    def __init__(self, exits: int) -> None:
        super().__init__()
        self.stages = [lambda image, state, k=k: (image[:, 1 + k, 0], image) for k in range(exits)]


def listed(logits):
    """Images for Listed, of logits (b, exits, classes); channel 0 is the image's place."""
    logits = torch.as_tensor(logits, dtype=torch.float32)
    place = torch.arange(len(logits)).reshape(-1, 1, 1).expand(-1, 1, logits.shape[2])
    return torch.cat((place, logits), dim=1)[:, :, None]


def network(name: str):
    torch.manual_seed(0)
    return resolve(name + SMALL).build().eval()


def halving(net, images, score="entropy"):
    """A policy under which half of those who reach an exit leave it, no score nearer to a threshold than rounding."""
    with torch.inference_mode():
        logits = torch.stack(net(images), dim=1).numpy()
    scores = never(score, logits.shape[1]).scores(logits)
    thresholds, left = [], np.ones(len(scores), dtype=bool)
    for k in range(scores.shape[1] - 1):
        ordered = np.sort(scores[left, k])
        middle = len(ordered) // 2
        thresholds.append(float(ordered[middle - 1 : middle + 1].mean()))
        assert np.abs(scores[:, k] - thresholds[k]).min() > 1e-6
        left &= ~never(score, 2).rule.leaves(scores[:, k], thresholds[k])
    return Policy(score=score, thresholds=tuple(thresholds)), logits, scores


@pytest.mark.parametrize("score", ["entropy", "margin"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_image_gets_what_it_gets_alone(name, score):
    net = network(name)
    images = torch.rand(16, 3, 32, 32)
    policy, logits, scores = halving(net, images, score)
    engine = AdaptiveClassifier(net, policy)
    together, alone = engine(images), [engine(image[None]) for image in images]
    assert together.exits.tolist() == [int(one.exits) for one in alone] == policy.decide(scores).tolist()
    assert len(set(together.exits.tolist())) == len(net.stages)  # every exit was used
    torch.testing.assert_close(together.logits, torch.cat([one.logits for one in alone]))
    torch.testing.assert_close(together.logits.numpy(), logits[np.arange(16), together.exits.numpy()])
    assert together.classes.tolist() == [int(one.classes) for one in alone]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_routing_is_that_of_the_policy_to_the_last_bit(data):
    # logits come from a list, so that floating point plays no part: any exits, batch, policy and micro-batch
    batch, exits, classes = (data.draw(st.integers(low, 6)) for low in (0, 1, 2))
    numbers = st.floats(-9, 9, width=32)
    values = data.draw(st.lists(numbers, min_size=batch * exits * classes, max_size=batch * exits * classes))
    logits = np.array(values, dtype=np.float32).reshape(batch, exits, classes)
    name = data.draw(st.sampled_from(["entropy", "normalised_entropy", "max_probability", "margin", "patience"]))
    thresholds = data.draw(st.lists(st.floats(0, 2) | st.sampled_from([np.inf, -np.inf]), min_size=6, max_size=6))
    policy = Policy(score=name, thresholds=tuple(thresholds[: exits - 1]))
    net = Listed(exits)
    found = AdaptiveClassifier(net, policy, micro_batch=data.draw(st.none() | st.integers(1, 6)))(listed(logits))
    expected = policy.decide(policy.scores(logits)) if batch else np.zeros(0, dtype=int)
    assert found.exits.tolist() == expected.tolist()
    assert np.array_equal(found.logits.numpy(), logits[np.arange(batch), expected])
    assert found.reached == tuple(int((expected >= k).sum()) for k in range(len(found.reached)))
    assert sum(found.reached) == sum(len(seen) for seen in net.seen) == (expected + 1).sum()


class Operators(TorchDispatchMode):
    """Names of the operators that run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


WAITS = ("nonzero", "_local_scalar_dense", "item", "equal", "is_nonzero", "masked_select", "unique")
"""Operators that make the host wait for the device."""


@pytest.mark.parametrize(
    ("exits", "thresholds", "waits"),
    # an early exit waits for the images that stay; all wait once in the end, together
    [(3, (0.9, 0.9), 3), (3, (-1, 0), 2), (3, (2, 2), 3), (1, (), 1), (2, (0,), 2)],
)
def test_the_host_waits_at_most_once_per_exit(exits, thresholds, waits):
    policy = Policy(score="max_probability", thresholds=thresholds)
    logits = torch.rand(5, exits, 3)
    logits[0, 0, 0] = 9.0
    engine = AdaptiveClassifier(Quiet(exits), policy)
    with Operators() as seen:
        engine(listed(logits))
    assert sum(seen.names[name] for name in WAITS) == waits <= exits


@pytest.mark.parametrize("threshold", [float("-inf"), float("inf")], ids=["nobody leaves", "everybody leaves"])
def test_where_all_or_none_leave_nothing_is_gathered(threshold):
    engine = AdaptiveClassifier(Quiet(3), Policy(score="entropy", thresholds=(threshold, threshold)))
    with Operators() as seen:
        found = engine(listed(torch.rand(5, 3, 4)))
    assert found.reached == ((5, 5, 5) if threshold < 0 else (5,))
    assert not {name for name in seen.names if name.startswith("index") or name in ("clone", "copy_", "gather")}


def test_results_of_one_batch_survive_the_next():
    # the state may share memory with the logits: nothing is written in place
    class Shared(nn.Module):
        stages = (
            lambda image, state: (image[:, 1, 0], image[:, 1, 0]),
            lambda image, state: (state + image[:, 2, 0], state),
            lambda image, state: (state + image[:, 3, 0], state),
        )

    logits = torch.tensor([[[9.0, 0.0]] * 3, [[1.0, 1.0]] * 3, [[1.0, 0.0]] * 3])
    images = listed(logits)
    found = AdaptiveClassifier(Shared(), Policy(score="max_probability", thresholds=(0.99, 0.8)))(images)
    assert found.exits.tolist() == [0, 2, 1]
    assert found.logits.tolist() == [[9, 0], [2, 2], [2, 0]]
    assert torch.equal(images, listed(logits))


@pytest.mark.parametrize("name", NETWORKS)
def test_batches_of_none_and_of_one(name):
    net = network(name)
    engine = AdaptiveClassifier(net, never("entropy", len(net.stages)))
    none, one = engine(torch.rand(0, 3, 32, 32)), engine(torch.rand(1, 3, 32, 32))
    assert (tuple(none.logits.shape), none.exits.tolist(), none.reached) == ((0, 10), [], (0,))
    assert (tuple(one.logits.shape), one.exits.tolist()) == ((1, 10), [len(net.stages) - 1])


def test_a_policy_that_never_exits_gives_the_last_logits():
    net = network("ravit_cifar10:1-1")
    images = torch.rand(4, 3, 32, 32)
    for policy in (never("margin", 2), Policy(score="entropy", thresholds=(0.0,))):
        found = AdaptiveClassifier(net, policy)(images)
        with torch.inference_mode():
            assert torch.equal(found.logits, net(images)[1])
        assert found.exits.tolist() == [1] * 4


def test_every_stage_is_compiled_for_any_batch(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda stage, **options: asked.append((stage, options)) or stage)
    net = network("ravit_cifar10:1-1")
    AdaptiveClassifier(net, never("entropy", 2))
    assert asked == []
    engine = AdaptiveClassifier(net, never("entropy", 2), compiled=True)
    assert asked == [(stage, {"dynamic": True}) for stage in net.stages]
    assert engine(torch.rand(2, 3, 32, 32)).reached == (2, 2)


def test_half_precision():
    net = network("ravit_cifar10:1-1").bfloat16()
    images = torch.rand(8, 3, 32, 32).bfloat16()
    found = AdaptiveClassifier(net, never("entropy", 2))(images)
    assert found.logits.dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [((), "got 0"), ((0.1, 0.2), "got 2")],
)
def test_a_policy_for_another_number_of_exits_is_refused(thresholds, message):
    with pytest.raises(EffbenchError, match=f"a network of 2 exits needs 1 thresholds .*, {message}"):
        AdaptiveClassifier(network("ravit_cifar10:1-1"), Policy(score="entropy", thresholds=thresholds))


def test_networks_that_cannot_be_run_are_refused():
    policy = Policy(score="entropy", thresholds=())
    with pytest.raises(EffbenchError, match="Linear has no early exits"):
        AdaptiveClassifier(nn.Linear(1, 1), policy)
    with pytest.raises(EffbenchError, match=r"needs a torch.nn.Module, got str"):
        AdaptiveClassifier("ravit_cifar10:1-1", policy)
    with pytest.raises(EffbenchError, match="micro_batch must be at least 1, got 0"):
        AdaptiveClassifier(network("ravit_cifar10:3"), policy, micro_batch=0)


@pytest.mark.parametrize("side", [8, 16, 33, 64])
def test_images_of_the_wrong_size_are_refused_even_if_all_would_leave_early(side):
    # the first branch resizes and would take them: 8 is below its own 16 pixels
    engine = AdaptiveClassifier(network("ravit_cifar10:1-1"), Policy(score="entropy", thresholds=(float("inf"),)))
    with pytest.raises(EffbenchError, match=f"images must be 32 x 32 pixels, got {side} x {side}"):
        engine(torch.rand(2, 3, side, side))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("exit_", [0, 1, 2])
@pytest.mark.parametrize("score", ["entropy", "patience"])
def test_logits_that_are_not_finite_are_an_error(bad, exit_, score):
    logits = torch.rand(3, 3, 4)
    logits[1, exit_, 2] = bad
    engine = AdaptiveClassifier(Quiet(3), Policy(score=score, thresholds=never(score, 3).thresholds))
    with pytest.raises(EffbenchError, match=f"exit {exit_ + 1} of the network gave logits that are not finite numbers"):
        engine(listed(logits))


def test_the_network_is_put_into_evaluation_mode():
    net = network("ravit_cifar10:1-1").train()
    AdaptiveClassifier(net, never("entropy", 2))
    assert not net.training
