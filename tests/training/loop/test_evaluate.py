"""Metrics of exits, by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

torch = pytest.importorskip("torch")

from effbench.early_exit.predictions import predictions  # noqa: E402
from effbench.training.loop.evaluate import NotFinite, exit_metrics, judged, places_of, seen  # noqa: E402


def test_metrics_of_one_exit():
    """Two classes, probabilities 3/4 and 1/4: two images, the first right, the second wrong.

    NLL: (ln 4/3 + ln 4) / 2. Both are in the bin of 0.75: accuracy 0.5, confidence 0.75, so ECE is 0.25.
    """
    logits = np.log(np.array([[[3.0, 1.0]], [[3.0, 1.0]]]))
    (found,) = exit_metrics(logits, np.array([0, 1]))
    assert (found.images, found.top1, found.top5) == (2, 1, 2)
    assert found.nll == pytest.approx((log(4 / 3) + log(4)) / 2)
    assert found.ece == pytest.approx(0.25)
    assert found.accuracy == 0.5


def test_top5_of_seven_classes():
    """The true class is at place 0, 4 and 5: top-1 has one of them, top-5 two."""
    logits = np.tile(np.arange(7.0, 0, -1), (3, 1))[:, None]
    (found,) = exit_metrics(logits, np.array([0, 4, 5]))
    assert (found.top1, found.top5) == (1, 2)


def test_every_exit_has_its_own():
    logits = np.array([[[1.0, 0.0], [0.0, 1.0]]])  # the first exit says 0, the second 1
    first, second = exit_metrics(logits, np.array([1]))
    assert (first.top1, second.top1) == (0, 1)


@given(
    arrays(np.float64, (5, 4), elements=st.integers(-2, 2).map(float)),
    arrays(np.int64, 5, elements=st.integers(0, 3)),
)
def test_of_equal_logits_the_first_class_is_predicted_as_argmax_does(logits, labels):
    found = predictions(logits[:, None], labels).right[:, 0]
    assert ((places_of(logits, labels) == 0) == found).all()
    every = np.stack([places_of(logits, np.full(5, label)) for label in range(4)])
    assert (np.sort(every, axis=0) == np.arange(4)[:, None]).all()  # a place each


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_no_numbers(bad):
    with pytest.raises(NotFinite, match="logits are not finite numbers"):
        exit_metrics(np.array([[[bad, 0.0]]]), np.array([0]))


def test_logits_are_kept_in_order_with_names_of_their_part(noise, recipe):
    source = noise("test")
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 3))
    found = judged(seen(network, source, "test", recipe(), torch.device("cpu")))
    with torch.inference_mode():
        whole = network(next(iter(source.in_order(7))).images)
    assert found.arrays["logits"].shape == (7, 1, 3)
    assert found.arrays["logits"].dtype == np.float32
    np.testing.assert_allclose(found.arrays["logits"][:, 0], whole.numpy(), rtol=1e-5)
    assert found.arrays["ids"].tolist() == [f"test-{i}" for i in range(7)]
    assert found.arrays["labels"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert found.exits[0].images == 7
