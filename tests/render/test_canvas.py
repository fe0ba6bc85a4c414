"""Names beside points keep apart; a figure is closed whatever happens."""

from __future__ import annotations

import pytest

pytest.importorskip("matplotlib")

from effbench.render.canvas import beside, canvas


def test_names_keep_apart() -> None:
    """Of ten points in one place one gets its name: the others' would cover it."""
    with canvas(size=(4, 3), title="t") as made:
        (axes,) = made.axes
        axes.plot([0, 1], [0, 1])
        beside(axes, [(0.5, 0.5, f"a name of some length {i}") for i in range(10)])
        boxes = [text.get_window_extent() for text in axes.texts]
        assert 1 <= len(boxes) < 10
        for i, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_the_same_drawing_gives_the_same_files() -> None:
    def drawn() -> dict[str, bytes]:
        with canvas(size=(2, 1), across=2) as made:
            for axes in made.axes:
                axes.plot([0, 1], [0, 1])
        return made.images

    first = drawn()
    assert first == drawn()
    assert first["png"].startswith(b"\x89PNG")
    assert first["svg"].startswith(b"<?xml")


def test_an_error_leaves_no_figure_open() -> None:
    import matplotlib.pyplot as plt

    with pytest.raises(ZeroDivisionError), canvas(size=(2, 1)):
        _ = 1 / 0
    assert plt.get_fignums() == []


def test_no_name_crosses_a_line() -> None:
    """A step to the right of a point, then up: its name would stand across the rise, and goes below."""
    with canvas(size=(4, 3), title="t") as made:
        (axes,) = made.axes
        steps = [(0.1, 0.2), (0.3, 0.8)]
        axes.plot([0, 1], [0, 1], alpha=0)
        beside(axes, [(0.1, 0.2, "a name of some length")], steps=[steps])
        (box,) = (text.get_window_extent() for text in axes.texts)
        rise, _ = axes.transData.transform((0.3, 0.2))
        assert box.x0 < rise < box.x1
        assert box.y1 < axes.transData.transform((0.3, 0.2))[1]
