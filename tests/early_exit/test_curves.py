import pytest

pytest.importorskip("matplotlib")

from effbench.early_exit.curves import (
    Labels,
    Line,
    front_curve,
    share_curve,
    stream_figure,
    stretches,
    threshold_curve,
)

LABELS = Labels(title="a small network", score="entropy", unit="MACs (macs)")

DRAWN = {
    "threshold": (lambda: threshold_curve([0.1, 0.5], [0.9, 0.8], [2e6, 1e6], LABELS), "entropy threshold"),
    "shares": (lambda: share_curve([0.1, 0.5], [[0.2, 0.6], [0.8, 0.4]], LABELS), "exit 2"),
    "front": (lambda: front_curve([1e6, 2e6], [0.8, 0.9], (3e6, 0.9), (2e6, 0.9), LABELS), "never exits"),
    "front alone": (lambda: front_curve([1e6], [0.8], (3e6, 0.9), None, LABELS), "thresholds on the front"),
    "stream": (
        lambda: stream_figure(
            [Line(name="by level", upper=[100, 50, 0], threshold=[float("-inf"), 0.2, 0.3])],
            [False, True, True],
            "charge left, %",
            2.0,
            LABELS,
        ),
        "by level",
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_says_what_it_shows_and_is_the_same_every_time(name):
    draw, text = DRAWN[name]
    images = draw()
    assert images["png"].startswith(b"\x89PNG")
    svg = images["svg"].decode()
    assert LABELS.title in svg
    assert text in svg
    assert draw() == images


def test_only_a_chosen_policy_is_marked():
    marked, plain = DRAWN["front"][0]()["svg"].decode(), DRAWN["front alone"][0]()["svg"].decode()
    assert "chosen" in marked
    assert "chosen" not in plain


def test_stretches_of_hard_images():
    assert stretches([True, True, False, True]) == [(0, 2), (3, 4)]
    assert stretches([False, False]) == []
    assert stretches([]) == []
