"""Decisions on tensors are those of the policy on arrays, whatever the batch."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402 - after the check for torch
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra.numpy import arrays  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402
from effbench.early_exit import decide  # noqa: E402
from effbench.early_exit.decide import Decision, agreement  # noqa: E402
from effbench.early_exit.policy import Policy  # noqa: E402
from effbench.stats import confidence  # noqa: E402
from effbench.stats.scores import SCORES, score  # noqa: E402

some = settings(max_examples=60, deadline=None)
values = st.floats(-60, 60, width=32)
logits = st.tuples(st.integers(1, 9), st.integers(2, 12)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=values)
)


@pytest.mark.parametrize("name", decide.SCORES)
@some
@given(array=logits)
def test_scores_equal_those_of_arrays(name, array):
    ours = decide.SCORES[name](torch.from_numpy(array).double()).numpy()
    theirs = score(name).of(array.astype(np.float64)[:, None])[:, 0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@some
@given(array=arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(2, 3)), elements=values))
def test_patience_equals_that_of_arrays(array):
    memory, runs = None, []
    for k in range(array.shape[1]):
        run, memory = agreement(torch.from_numpy(array[:, k]), memory)
        runs.append(run.numpy())
    assert np.array_equal(np.stack(runs, axis=1), confidence.patience(array.astype(np.float64)))


def policies(exits: int):
    thresholds = st.lists(
        st.floats(-0.5, 3) | st.sampled_from([-np.inf, np.inf]), min_size=exits - 1, max_size=exits - 1
    )
    temperatures = st.just(()) | st.lists(st.floats(0.1, 5), min_size=exits, max_size=exits).map(tuple)
    return st.builds(
        Policy,
        score=st.sampled_from(list(SCORES)),
        thresholds=thresholds.map(tuple),
        temperatures=temperatures,
    )


@some
@given(
    policy=policies(4), array=arrays(np.float32, st.tuples(st.integers(1, 6), st.just(4), st.just(3)), elements=values)
)
def test_decisions_equal_those_of_the_policy(policy, array):
    scores = policy.scores(array)
    thresholds = np.asarray(policy.thresholds)
    near = np.abs(scores[:, :-1] - thresholds) < 1e-9  # rounding may decide: equal scores are another test
    decision, memory, left = Decision(policy), None, np.full(len(array), 3)
    for k in range(3):
        leaves, memory = decision(k, torch.from_numpy(array[:, k]), memory)
        left = np.where((left == 3) & leaves.numpy(), k, left)
    clear = ~near.any(axis=1) | (policy.score == "patience")  # whole numbers are not rounded
    assert np.array_equal(left[clear], policy.decide(scores)[clear])


@pytest.mark.parametrize("name", SCORES)
def test_a_row_decides_alone_to_the_last_bit(name):
    rows = 4 * torch.randn(257, 10, generator=torch.Generator().manual_seed(0))
    scores = decide.SCORES.get(name, lambda values: agreement(values, None)[0])
    together = scores(rows.double())
    alone = torch.cat([scores(row[None].double()) for row in rows])
    assert torch.equal(together, alone)
    for threshold in together[:20].tolist():  # exactly on the threshold
        decision = Decision(Policy(score=name, thresholds=(threshold,)))
        both = [decision(0, rows, None)[0], torch.cat([decision(0, row[None], None)[0] for row in rows])]
        assert torch.equal(*both)


def test_equal_to_the_threshold_by_hand():
    # two equal logits: H = ln 2, p = 1/2, margin 0; an uncertainty leaves below, a certainty at the threshold
    equal = torch.zeros(1, 2)
    at = {"entropy": np.log(2.0), "normalised_entropy": 1.0, "max_probability": 0.5, "margin": 0.0, "patience": 1.0}
    leaves = {
        name: bool(Decision(Policy(score=name, thresholds=(threshold,)))(0, equal, None)[0])
        for name, threshold in at.items()
    }
    expected = {name: not score(name).leaves_below for name in at}
    assert leaves == expected


def test_a_certain_image_does_not_pass_the_threshold_0():
    # rounding of p ln p must not make the entropy negative: threshold 0 is no early exit
    certain = torch.tensor([[800.0, 0.0, 0.0], [1.0, -900.0, 3e4]])
    assert Decision(Policy(score="entropy", thresholds=(0.0,)))(0, certain, None)[0].tolist() == [False, False]


def test_nan_lets_nobody_leave():
    nan = torch.tensor([[0.0, float("nan")]])
    for name in decide.SCORES:
        for threshold in (0.5, score(name).always):
            assert not Decision(Policy(score=name, thresholds=(threshold,)))(0, nan, None)[0].any()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", SCORES)
def test_operations_are_those_of_the_formula(name, first):
    decision = Decision(Policy(score=name, thresholds=(0.5,)))
    rows = torch.randn(3, 7)
    memory = None if first else agreement(rows, None)[1]
    found = count(decision, [0, rows, memory], strict=True).forward.by_kind()
    assert found == score(name).counts(7, first or name != "patience").batch(3).by_kind()
