"""The table of scores: sides of a threshold, operations, and names that need no NumPy."""

import subprocess
import sys
from math import inf

import numpy as np
import pytest

from effbench.errors import UnknownName
from effbench.stats import confidence
from effbench.stats.scores import SCORES, score


def test_every_score_is_a_function_of_its_name():
    logits = np.random.default_rng(0).normal(size=(3, 2, 4))
    for name, rule in SCORES.items():
        assert np.array_equal(rule.of(logits), getattr(confidence, name)(logits))


def test_names_are_known_without_numpy():
    """Commands offer them as choices before anything is computed."""
    script = "import sys; import effbench.cli.exit_arguments; assert not {'numpy', 'scipy', 'torch'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("name", SCORES)
def test_never_and_always_are_the_ends_of_the_threshold(name):
    rule = score(name)
    scores = np.array([0.0, 0.3, 7.0])
    assert not rule.leaves(scores, rule.never).any()
    assert rule.leaves(scores, rule.always).all()
    assert {rule.never, rule.always} == {-inf, inf}


def test_on_the_threshold_itself_an_uncertainty_stays_and_a_certainty_leaves():
    # the paper's "no early exit" is a threshold of 0 on entropies, of which some are 0
    assert not score("entropy").leaves(np.array([0.0]), 0.0)[0]
    assert score("max_probability").leaves(np.array([1.0]), 1.0)[0]


def test_an_unknown_score_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean entropy"):
        score("entrophy")


@pytest.mark.parametrize("name", ["entropy", "normalised_entropy", "max_probability", "margin"])
def test_operations_of_a_score_are_those_of_its_tensors(name):
    """The counts that cost is made of, against our counter on the decision that the engine runs."""
    torch = pytest.importorskip("torch")
    from effbench.counting.counters.dispatch import count
    from effbench.early_exit.decide import SCORES as ON_TENSORS

    class Decide(torch.nn.Module):
        def forward(self, logits):
            values = ON_TENSORS[name](logits)
            return values < 0.5 if score(name).leaves_below else values >= 0.5

    counted = count(Decide(), [torch.zeros(1, 10, device="meta")]).forward.by_kind()
    assert counted == score(name).counts(10, False).by_kind()


def test_operations_of_patience_grow_after_the_first_exit():
    # argmax over 10; compare with the threshold; later also compare with the class before and add one to the run
    assert score("patience").counts(10, True).by_kind() == {"reduce_elem": 10, "other_elem": 1}
    assert score("patience").counts(10, False).by_kind() == {"reduce_elem": 10, "other_elem": 3}
