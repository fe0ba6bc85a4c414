"""The words of a map of accuracies: notes below the numbers, and the paper's statements with our verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from effbench.maps.flops import Stored
from effbench.maps.paper import PRESETS
from effbench.maps.scores import Score
from effbench.maps.statements import LEVEL, MARGIN, UNDECIDED, Verdict
from effbench.render.numbers import fixed
from effbench.render.table import Column, of, render
from effbench.stats.pooled import Noise

NAMED = 8
"""Cells that a note names; it counts the others."""


_OF_IMAGES = (
    f"(images ..): one seed; the {LEVEL:.0%} interval is of what other test images would give, by Newcombe, too wide "
    "as both networks see the same ones. It says nothing of other seeds, so it decides nothing."
)


def accuracy_notes(stored: Stored, scores: Sequence[Score], noise: Noise | None) -> list[str]:
    """What the accuracies are, what they were made from, and what is missing.

    Args:
        scores: of the cells of ``stored``, row by row.
    """
    return [
        "* no cheaper network is as accurate, by means. ~ one of those is better by no more than seeds explain "
        "(least significant difference).",
        *_seeds(scores, noise),
        *_images(scores),
        *_missing(stored),
        *_elsewhere(stored),
        *_published(stored, scores),
        f"Runs: {', '.join(stored.selected.experiments)}, from {stored.store}.",
    ]


def seeds_words(count: int) -> str:
    """``3 seeds``."""
    return f"{count} {'seed' if count == 1 else 'seeds'}"


def _seeds(scores: Sequence[Score], noise: Noise | None) -> list[str]:
    counts = Counter(len(score.seeds) for score in scores if score.seeds)
    if not counts:
        return ["Trained: no cell."]
    trained = ", ".join(f"{n} with {seeds_words(k)}" for k, n in sorted(counts.items(), reverse=True))
    if noise is None:
        return [f"Trained: {trained}.", "No cell has two seeds: no interval, and nothing is said of noise."]
    return [
        f"Trained: {trained}.",
        f"±: {LEVEL:.0%} interval over seeds (Student's t). From seed to seed accuracy varies by "
        f"{fixed(100 * noise.deviation, 2)} points (standard deviation, taken to be the same for all networks, "
        f"{noise.freedom} degrees of freedom); csv and json also have each network's own interval.",
    ]


def _images(scores: Sequence[Score]) -> list[str]:
    spreads = [
        (score.images_high - score.images_low, score.images)
        for score in scores
        if score.images_low is not None and score.images_high is not None
    ]
    if not spreads:
        return []
    widest, images = max(spreads, key=lambda spread: spread[0])
    return [
        f"Test images: {images}. Other images alone would move an accuracy by up to ±{fixed(50 * widest, 1)} points "
        f"({LEVEL:.0%}, binomial, Wilson); all networks see the same ones, and ± does not contain it."
    ]


def _missing(stored: Stored) -> list[str]:
    cells, notes = stored.grid.cells, []
    for status, words in (("missing", "not trained yet (-)"), ("no exit", "without that exit")):
        names = [cell.name for cell in cells if cell.status == status]
        if names:
            notes.append(f"{len(names)} of {len(cells)} cells {words}: {_list(names)}.")
    failed = [f"{cell.model}, seed {seed} ({reason})" for cell in cells for seed, reason in cell.failed.items()]
    return [*notes, f"{len(failed)} runs failed: {_list(failed, '; ')}."] if failed else notes


def _elsewhere(stored: Stored) -> list[str]:
    selected = stored.selected
    plain = selected.plain
    notes = [f"Trained as plain ViTs, which are layers of the last branch alone: {_list(plain)}."] if plain else []
    notes += [
        f"Trained by another recipe, and not on this map: {count} networks of {experiment} (--experiment {experiment})."
        for experiment, count in selected.other_recipes.items()
    ]
    notes += [f"{stored.outside} runs have layers that are not on this map."] if stored.outside else []
    return [*notes, f"Not on the map: {_list(selected.others)}."] if selected.others else notes


def _published(stored: Stored, scores: Sequence[Score]) -> list[str]:
    printed = [
        f"{cell.name} {score.published_percent} %"
        for cell, score in zip(stored.grid.cells, scores, strict=True)
        if score.published_percent
    ]
    if not printed:
        return []
    epochs, ours = PRESETS[stored.grid.dataset].epochs, stored.selected.epochs
    return [f"Published, in the paper's tables, after {epochs} epochs, not {ours:g}: {_list(printed)}."]


def _list(names: Sequence[str], separator: str = ", ") -> str:
    shown = separator.join(names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def statement_table(verdicts: Sequence[Verdict], dataset: str, style: str) -> str:
    """Those of which a pair was trained, in one of ``FORMATS`` that people read; the others are named below."""
    columns = [
        Column[Verdict]("in the paper", lambda verdict: f"{verdict.where}, {verdict.of_dataset}"),
        Column[Verdict]("it says", lambda verdict: verdict.said),
        of("epochs", lambda verdict: verdict.epochs, "{:g}".format, right=True),
        Column(f"on {dataset}", _outcome),
        Column("difference, points", _difference, right=True),
        Column("pairs that say so alone", _pairs, right=True),
        Column("cost ratio", _ratio, right=True),
    ]
    title = f"What the paper says is more accurate than what, judged by these trainings on {dataset}"
    compared = [verdict for verdict in verdicts if verdict.pairs]
    return render(compared, columns, style, title=title, notes=_statement_notes(verdicts, dataset))


def _outcome(verdict: Verdict) -> str:
    """Of many pairs it is their mean that decides."""
    on_average = len(verdict.pairs) > 1 and verdict.outcome != UNDECIDED
    return f"{verdict.outcome}{', on average' if on_average else ''}"


def _difference(verdict: Verdict) -> str:
    seeds, images = (verdict.low, verdict.high), (verdict.images_low, verdict.images_high)
    shown, of = (images, "images ") if None in seeds else (seeds, "")
    mean, low, high = (100 * (number or 0.0) for number in (verdict.difference, *shown))
    return f"{mean:+.2f} ({of}{low:+.2f} .. {high:+.2f})"


def _pairs(verdict: Verdict) -> str:
    contrary = f", {verdict.pairs_against} against" if verdict.pairs_against else ""
    untrained = f", {len(verdict.untrained)} not trained" if verdict.untrained else ""
    return f"{verdict.pairs_holding} of {len(verdict.pairs)}{contrary}{untrained}"


def _ratio(verdict: Verdict) -> str:
    return fixed(verdict.pairs[0].cost_ratio, 2) if len(verdict.pairs) == 1 else "-"


def _statement_notes(verdicts: Sequence[Verdict], dataset: str) -> list[str]:
    """What a verdict is, what was not judged, and whose data it is about."""
    others = sorted({verdict.of_dataset for verdict in verdicts} - {dataset})
    compared = {verdict.said for verdict in verdicts if verdict.pairs}
    untrained = [said for said in dict.fromkeys(verdict.said for verdict in verdicts) if said not in compared]
    images = any(verdict.pairs and verdict.low is None for verdict in verdicts)
    return [
        f"Difference: paired by seed, mean and {LEVEL:.0%} interval (Student's t) over seeds; several "
        "pairs are averaged first. It holds if the interval is above 0, and does not if it is below; that there is no "
        f"gain holds if it is below {fixed(100 * MARGIN, 1)} points, and does not if it is above 0. No allowance for "
        "looking at many.",
        *([_OF_IMAGES] if images else []),
        *([f"Not judged, as the networks were not trained: {'; '.join(untrained)}."] if untrained else []),
        f"The paper says it of {', '.join(others)}; these networks were trained on {dataset} with another recipe. "
        "A verdict here neither confirms nor refutes the paper's figures."
        if others
        else "The data set is the paper's; the recipe is that of these trainings.",
    ]
