"""The map of trained networks: accuracy with its intervals beside the cost, and the paper's statements judged by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from effbench.cost.convention import convention
from effbench.errors import EffbenchError
from effbench.maps.accuracy_text import accuracy_notes, seeds_words, statement_table
from effbench.maps.beside import Beside, beside_paper, beside_table
from effbench.maps.completion import Completion, Predicted, completed_layer
from effbench.maps.flops import Row, Stored, cost_layer
from effbench.maps.grid import Cell, Grid, networks
from effbench.maps.layer_map import MARKED, NEAR, Layer, Map, Value
from effbench.maps.networks import ravit_spec
from effbench.maps.paper import published
from effbench.maps.ranks import rank_note, rank_rows
from effbench.maps.scores import Frontier, Score, frontier, score
from effbench.maps.selection import Selected, every_recipe
from effbench.maps.statements import LEVEL, MARGIN, Statement, Verdict, judged
from effbench.render.plain import plain
from effbench.training.sweep.runs import Training


def accuracy_map(
    stored: Stored,
    statements: Sequence[Statement],
    printed: Mapping[str, str],
    also: Sequence[Training] = (),
    complete: bool = False,
    proposed: int = 0,
) -> Map:
    """The map of a store's networks.

    Args:
        also: every training on the data set, to stand beside the paper's tables, and to judge the statements by those
            of other recipes.
        complete: predict the networks that were not trained. proposed: how many of them to name as worth training.
        statements: of the paper, about networks at their last exit.
        printed: model -> accuracy in % as the paper prints it, of networks without early exit; those of other shapes
            than the paper's stand beside none.
    """
    grid, selected = stored.grid, stored.selected
    beside = frontier(grid.cells)
    known = published(ravit_spec(selected.networks[0].model), grid.dataset, printed)
    scores = [score(cell, grid.exit, beside, known) for cell in grid.cells]
    rows = stored.rows(list(map(plain, scores)))
    recipes = [one for one in every_recipe(also) if one.about != selected.about]
    verdicts = _verdicts([selected, *recipes], statements, grid)
    others_beside = beside_paper(also, grid.dataset, printed)
    ranks = rank_rows(selected, recipes)
    predictions = _completed(stored, recipes, proposed) if complete else None
    notes = [*accuracy_notes(stored, scores, beside.noise), *rank_note(ranks)]
    accuracy, costs = accuracy_panels(grid, scores)
    exit = "the last exit" if grid.exit == "last" else f"the exit of branch {grid.exit}"
    what = f"accuracy in % at {exit}, mean over seeds,"
    return Map(
        metric="accuracy",
        grid=grid,
        tables=[
            replace(accuracy, what=what, notes=notes),
            *([] if predictions is None else [completed_layer(grid.cells, *predictions)]),
            stored.costs(),
        ],
        panels=[accuracy, costs],
        more=partial(_more, others_beside, verdicts, grid.dataset),
        document={
            **_about(stored, beside, rows),
            **({} if predictions is None else dict(zip(("predicted", "next"), predictions, strict=True))),
            "order": ranks,
            "beside_paper": others_beside,
            "statements": verdicts,
            "source": "measured accuracy, analytic cost",
        },
        rows=rows,
        stem=stored.stem("accuracy"),
    )


def _about(stored: Stored, beside: Frontier, rows: Sequence[Row]) -> dict[str, object]:
    """The map and its cells as JSON holds them."""
    grid, selected = stored.grid, stored.selected
    others = {"runs": stored.outside, "models": selected.others, "other_recipes": selected.other_recipes}
    return {
        "metric": "accuracy",
        **stored.about(),
        "level": LEVEL,
        "no_gain_below": MARGIN,
        "seed_deviation": beside.noise and dict(zip(("accuracy", "freedom"), beside.noise, strict=True)),
        "cells": rows,
        "failed": [failure for cell in grid.cells for failure in _failed(cell)],
        "not_on_the_map": others,
        "trained_as_plain_vit": selected.plain,
    }


def _completed(
    stored: Stored, others: Sequence[Selected], proposed: int
) -> tuple[Sequence[Predicted], Sequence[Predicted]]:
    """Every network that was not trained, and those worth training next.

    Raises:
        EffbenchError: too few were trained, or they are judged at another exit than the last.
    """
    selected, grid = stored.selected, stored.grid
    if grid.exit != "last":
        raise EffbenchError("--complete predicts the accuracy at the last exit: leave out --exit")
    longer = [one for one in others if one.besides_epochs == selected.besides_epochs]
    found = Completion(selected, longer)
    return found.predicted(grid.cells), found.next(grid.cells, proposed)


def _verdicts(recipes: Sequence[Selected], statements: Sequence[Statement], grid: Grid) -> list[Verdict]:
    """By the networks of each recipe; of those after the first only statements of which a pair was trained."""
    under = convention(grid.convention)
    found = [judged(statements, networks(one, under), grid.dataset, one.epochs) for one in recipes]
    return [*found[0], *(verdict for others in found[1:] for verdict in others if verdict.pairs)]


def _more(rows: Sequence[Beside], verdicts: Sequence[Verdict], dataset: str, style: str) -> str:
    """What stands below the map: the paper's tables with our trainings, and its statements with our verdicts."""
    tables = [beside_table(rows, dataset, style)] if rows else []
    if any(verdict.pairs for verdict in verdicts):
        tables.append(statement_table(verdicts, dataset, style))
    return "\n".join(tables)


def _failed(cell: Cell) -> list[dict[str, object]]:
    return [{"model": cell.model, "seed": seed, "reason": reason} for seed, reason in cell.failed.items()]


def accuracy_panels(grid: Grid, scores: Sequence[Score], level: float = LEVEL) -> tuple[Layer, Layer]:
    """Accuracy on the left and cost on the right, as in the paper's Figure 3; both mark the frontier.

    Args:
        scores: of the cells of ``grid``, row by row. level: of their intervals.
    """
    exit = "last exit" if grid.exit == "last" else f"exit of branch {grid.exit}"
    spread = f" ± {level:.0%} interval" if any(score.half_width is not None for score in scores) else ""
    values = [_value(score, cell.status) for score, cell in zip(scores, grid.cells, strict=True)]
    costs = cost_layer(grid)
    framed = [
        replace(cost, mark=value.mark if value.mark == MARKED else "")
        for cost, value in zip(costs.values, values, strict=True)
    ]
    accuracy = Layer(
        name="accuracy",
        values=values,
        title=f"top-1 accuracy, {exit}\nmean of {_seeds(scores)}{spread}",
        key="framed: no cheaper network is as accurate\n~: accuracy within noise of a framed one",
    )
    return accuracy, replace(costs, values=framed, key="framed: the same networks", framed=True)


def _value(score: Score, status: str) -> Value:
    mark = MARKED if score.frontier else NEAR if score.within_noise_of_frontier else ""
    return Value(value=score.accuracy, half=score.half_width, status=status, mark=mark)


def _seeds(scores: Sequence[Score]) -> str:
    """``3 seeds``, or ``1-3 seeds`` where networks have different numbers."""
    counts = sorted({len(score.seeds) for score in scores if score.seeds})
    if len(counts) > 1:
        return f"{counts[0]}-{counts[-1]} seeds"
    return seeds_words(counts[0]) if counts else "no seeds"
