import pytest

pytest.importorskip("matplotlib")

from effbench.early_exit.choice import given_policy
from effbench.early_exit.curve import curve
from effbench.early_exit.figures import stream_figures, stretches, study_figures
from effbench.early_exit.trials import trials


@pytest.fixture
def lines(monkeypatch):
    """What is drawn as a line: the values of each, in the order they are drawn."""
    from matplotlib.axes import Axes

    drawn, plot = [], Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *values, **how: drawn.append(values) or plot(self, *values, **how))
    return drawn


def test_shares_are_drawn_in_percent(data, lines):
    study_figures(data, None)
    assert lines[0][1] == pytest.approx(100 * curve(data.test, data.rule).accuracy())
    lines.clear()
    stream_figures(data, "battery", trials(data, "battery", images=100, capacity=0.5, target=None), None)
    assert lines[0][0][:2] == pytest.approx([98, 96])  # never exiting, the charge is that of 50 images


def test_figures_say_what_they_show_and_are_the_same_every_time(data):
    chosen = study_figures(data, given_policy(data, ["0.5"]))
    shown = {"threshold": "entropy threshold", "shares": "exit 2", "front": "chosen"}
    for kind, text in shown.items():
        images = chosen[f"exits_entropy_{kind}"]
        assert images["png"].startswith(b"\x89PNG")
        svg = images["svg"].decode()
        assert "ravit_cifar10:1-3, 400 test images" in svg
        assert "thresholds are chosen on " in svg
        assert text in svg
    front = study_figures(data, None)
    assert ">chosen<" not in front["exits_entropy_front"]["svg"].decode()
    assert front["exits_entropy_threshold"] == chosen["exits_entropy_threshold"]


@pytest.mark.parametrize(
    ("kind", "target", "texts"), [("battery", None, ["charge left, %"]), ("latency", 50e6, ["mean of 50", "target"])]
)
def test_a_stream(data, kind, target, texts):
    found = trials(data, kind, images=100, capacity=0.5, target=target)
    ((name, images),) = stream_figures(data, kind, found, target).items()
    assert name == f"exits_entropy_{kind}"
    assert all(text in images["svg"].decode() for text in [*texts, "never exits", "entropy threshold, exit 1"])


def test_stretches_of_hard_images():
    assert stretches([True, True, False, True]) == [(0, 2), (3, 4)]
    assert stretches([False, False]) == []
    assert stretches([]) == []
