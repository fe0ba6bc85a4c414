"""A map of layer counts: one or more numbers of every network, as tables, CSV and JSON; ``figure`` draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from effbench.maps.grid import Grid
from effbench.render.canvas import Picture
from effbench.render.formats import is_exact
from effbench.render.numbers import fixed, scaled, seconds, significant
from effbench.render.table import Column, exact, render

MARKED, NEAR = "*", "~"
"""Marks of a value: it stands out; it may, as noise does not tell it apart from one that does."""

PREDICTED = "?"
"""Mark of a value that nothing was measured for."""

HATCHED = ("missing", "failed", "not measured")
"""Statuses of a network that a figure hatches, as its number is still to come."""

WORDS = {"missing": "-", "failed": "failed", "no exit": "no exit", "not measured": "-"}
"""Status -> what stands in a cell without a number."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a layer says about one network.

    Attributes:
        value: the number, in the unit of its quantity; None where there is none. half: half its interval.
        percent: of the baseline's number. status: why there is no number. mark: ``*``, ``~`` or empty.
    """

    value: float | None = None
    half: float | None = None
    percent: float = 0.0
    status: str = ""
    mark: str = ""


EMPTY = Value(status="no model")
"""Where no branch has a layer."""


@dataclass(frozen=True)
class Quantity:
    """A kind of number and how it is shown.

    Attributes:
        unit: beside the colours of a figure. scale: by which a value is multiplied for that unit.
        table, drawn: a value that is there, as text in a table and in a figure.
    """

    unit: str
    scale: float
    table: Callable[[float, Value], str]
    drawn: Callable[[float, Value], str]


def _points(number: float, value: Value, between: str) -> str:
    return fixed(100 * number, 1) + ("" if value.half is None else f"{between}±{fixed(100 * value.half, 1)}")


def _relative(show: Callable[[float], str], number: float, value: Value) -> str:
    return show(number) + ("" if value.half is None else f" ±{fixed(100 * value.half / number, 1)}%")


def _two_lines(scale: float, number: float, value: Value) -> str:
    half = "" if value.half is None else f"\n±{significant(value.half * scale, 2)}"
    return f"{significant(number * scale, 3)}{half}"


QUANTITIES = {
    "cost": Quantity(
        "",
        1,
        lambda number, value: f"{scaled(round(number), 2)} {fixed(value.percent, 1)}%{value.mark or ' '}",
        lambda number, value: f"{scaled(round(number), 1)}\n{value.percent:.1f} %",
    ),
    "accuracy": Quantity(
        "accuracy, %",
        100,
        lambda number, value: f"{_points(number, value, ' ')}{value.mark or ' '}",
        lambda number, value: f"{_points(number, value, chr(10))}{' ~' if value.mark == NEAR else ''}",
    ),
    "completed": Quantity(
        "accuracy, %",
        100,
        lambda number, value: (
            f"({_points(number, value, ' ')})" if value.mark == PREDICTED else _points(number, value, "")
        ),
        lambda number, value: _points(number, value, chr(10)),
    ),
    "latency": Quantity("ms", 1e3, partial(_relative, seconds), partial(_two_lines, 1e3)),
    "throughput": Quantity("images/s", 1, partial(_relative, significant), partial(_two_lines, 1)),
}
"""Name -> quantity. Values are whole operations, shares from 0 to 1, seconds, images/s."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One number of every network on a map.

    Attributes:
        name: of QUANTITIES. unit: beside the colours, where the quantity does not say it.
        values: of the networks, row by row.
        what: the number in the title of its table. nothing: in a cell without a network. notes: below the table.
        title: of its panel in a figure. key: below the panel, what its marks mean. hatched: what hatches mean.
        framed: whether a figure frames marked cells; False where the key says that all are marked.
    """

    name: str
    unit: str = ""
    values: Sequence[Value]
    what: str = ""
    nothing: str = ""
    notes: Sequence[str] = ()
    title: str = ""
    key: str = ""
    hatched: str = "not trained"
    framed: bool = True

    @property
    def quantity(self) -> Quantity:
        """What kind of number it is."""
        return QUANTITIES[self.name]

    @property
    def has_hatches(self) -> bool:
        """Whether a value is missing that could be there."""
        return any(one.value is None and one.status in HATCHED for one in self.values)

    def text(self, value: Value) -> str:
        """A cell of its table."""
        if value.value is not None:
            return self.quantity.table(value.value, value)
        return self.nothing if value.status == "no model" else WORDS[value.status]

    def drawn(self, value: Value) -> str:
        """A cell of its figure."""
        return WORDS.get(value.status, "") if value.value is None else self.quantity.drawn(value.value, value)


@dataclass(frozen=True, kw_only=True)
class Map:
    """Networks over two branches' layer counts with what is known of them.

    Attributes:
        metric: ``flops``, ``accuracy`` or ``latency``. how: what the numbers were made under, in a line.
        grid: the networks. tables: layers that are written one below the other.
        panels: layers that are drawn side by side.
        more: style -> another table, below the others.
        document: JSON values by name. rows: a row of plain values per network.
        stem: name of its files, without a suffix. formats: of the files beside the figure.
    """

    metric: str
    how: str = ""
    grid: Grid
    tables: Sequence[Layer] = ()
    panels: Sequence[Layer]
    more: Callable[[str], str] | None = None
    document: Mapping[str, object]
    rows: Sequence[Mapping[str, object]]
    stem: str
    formats: Sequence[str] = ("csv", "json")

    @property
    def title(self) -> str:
        """Above all panels."""
        return f"RAViT on {self.grid.dataset}{self.grid.axes.fixed_words}"

    def plot(self) -> Picture:
        """Its panels, side by side.

        Raises:
            MissingExtra: matplotlib, pandas or seaborn is not installed.
        """
        from effbench.maps.figure import draw

        return Picture(draw(self))

    def _repr_html_(self) -> str:
        return self.text("html")

    def __str__(self) -> str:
        return self.text("table")

    def text(self, style: str) -> str:
        """The map in one of ``FORMATS``."""
        if is_exact(style):
            return exact(self.rows, style, self.document)
        tables = [_table(self.grid, layer, style) for layer in self.tables]
        return "\n".join([*tables, *([self.more(style)] if self.more else [])])


def _table(grid: Grid, layer: Layer, style: str) -> str:
    """Layers of one branch down and of the other across."""
    axes = grid.axes
    lines = zip(map(str, axes.rows), axes.lines(list(map(layer.text, layer.values))), strict=True)
    heads = (f"branch {axes.row_branch} \\ {axes.col_branch}", *map(str, axes.cols))
    columns = [Column[list[str]](head, itemgetter(place), right=True) for place, head in enumerate(heads)]
    title = (
        f"RAViT on {grid.dataset}: {layer.what} by layers in branch {axes.row_branch} (down) and "
        f"branch {axes.col_branch} (across){axes.fixed_words}"
    )
    return render([[count, *line] for count, line in lines], columns, style, title=title, notes=layer.notes)
