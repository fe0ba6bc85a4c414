"""Maps that ``effbench heatmap --out`` wrote as JSON, read back to be drawn and shown again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from effbench.errors import EffbenchError
from effbench.files.document import parsed
from effbench.maps.accuracy import accuracy_panels
from effbench.maps.axes import Axes, Layers
from effbench.maps.grid import Cell, Grid
from effbench.maps.latency import Setting, Timing, latency_panels
from effbench.maps.layer_map import Layer, Map
from effbench.maps.scores import Score

Document = dict[str, Any]
T = TypeVar("T")


def read_map(path: Path) -> Map | None:
    """The map in the file, without its tables; None if it is one of cost alone, which formulas give.

    Raises:
        EffbenchError: it cannot be read, or is not a map.
    """
    try:
        document = parsed(path.read_bytes())
        grid = _grid(document)
        if document["metric"] == "flops":
            return None
        panels, how = {"accuracy": _accuracy, "latency": _latency}[document["metric"]](grid, document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise EffbenchError(f"{path} is not a map written by effbench heatmap") from None
    rows, metric = document["cells"], document["metric"]
    return Map(metric=metric, how=how, grid=grid, panels=panels, document=document, rows=rows, stem=path.stem)


def _grid(document: Document) -> Grid:
    axes = Axes(
        row_branch=document["row_branch"],
        col_branch=document["col_branch"],
        fixed={int(branch): layers for branch, layers in document["fixed"].items()},
        rows=tuple(document["rows"]),
        cols=tuple(document["cols"]),
    )
    base = document["baseline"]
    name, cost = (base, document["baseline_value"]) if isinstance(base, str) else (base["model"], base["cost"])
    return Grid(
        dataset=document["dataset"],
        exit=document.get("exit", "last"),
        convention=document["convention"],
        unit=document["unit"],
        axes=axes,
        cells=[_cell(row, layers) for row, layers in zip(document["cells"], axes.networks(), strict=True)],
        baseline=Cell(layers=(), model=name, status="missing", cost=cost),
    )


def _cell(row: Document, layers: Layers) -> Cell:
    if layers != tuple(row[f"branch_{branch}"] for branch in range(1, len(layers) + 1)):
        raise ValueError("cells in another order than that of the axes")
    return Cell(layers=layers, model=row["model"], status=row["status"], cost=row["cost"] or 0)


def _accuracy(grid: Grid, document: Document) -> tuple[tuple[Layer, ...], str]:
    scores = [_filled(Score, row) for row in document["cells"]]
    how = f"{', '.join(document['experiments'])}; exit {grid.exit}; store {document['store']}"
    return accuracy_panels(grid, scores, document["level"]), how


def _latency(grid: Grid, document: Document) -> tuple[tuple[Layer, ...], str]:
    setting = _filled(Setting, document)
    rows = [document["baseline"], *document["cells"]]
    timed = {row["model"]: _filled(Timing, row) for row in rows if row["model"] is not None}
    conditions = document["conditions"]
    machine = conditions.get("accelerator") or conditions.get("cpu")
    return latency_panels(grid, setting, timed), f"{machine}, {setting.words}, {setting.threads} thread(s)"


def _filled(kind: type[T], row: Document) -> T:
    """A dataclass whose fields stand in the row."""
    return kind(**{name: row[name] for name in get_type_hints(kind)})
