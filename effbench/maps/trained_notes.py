"""Notes below the map of trained networks: what the numbers are, what they were made from, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from effbench.maps.layer_table import Document
from effbench.render.numbers import fixed, scaled

NAMED = 8
"""Cells that a note names; it counts the others."""


def accuracy_notes(document: Document) -> list[str]:
    """Below the accuracies."""
    return [
        "* no cheaper network is as accurate, by means. ~ one of those is better by no more than seeds explain "
        "(least significant difference).",
        *_seeds(document),
        *_images(document),
        *_missing(document),
        *_elsewhere(document),
        *_published(document),
        f"Runs: {', '.join(document['experiments'])}, from {document['store']}.",
    ]


def cost_notes(document: Document) -> list[str]:
    """Below the costs."""
    baseline = f"{document['baseline']} ({scaled(document['baseline_value'], 2)} = 100 %)"
    up_to = "" if document["exit"] == "last" else f" up to the exit of branch {document['exit']}"
    return [f"* cheaper than {baseline}. Of one image{up_to}, by formula. Convention {document['convention']}."]


def statement_notes(document: Document) -> list[str]:
    """Below the statements: what a verdict is, and whose data it is about."""
    others = sorted({row["of_dataset"] for row in document["statements"]} - {document["dataset"]})
    margin = fixed(100 * document["no_gain_below"], 1)
    notes = [
        f"Difference: paired by seed, mean and {document['level']:.0%} interval (Student's t) over seeds; several "
        "pairs are averaged first. It holds if the interval is above 0, and does not if it is below; that there is no "
        f"gain holds if it is below {margin} points, and does not if it is above 0. No allowance for looking at many.",
    ]
    untrained = [row["said"] for row in document["statements"] if not row["pairs"]]
    if untrained:
        notes.append(f"Not judged, as the networks were not trained: {'; '.join(untrained)}.")
    if others:
        notes.append(
            f"The paper says it of {', '.join(others)}; these networks were trained on {document['dataset']} with "
            "another recipe. A verdict here neither confirms nor refutes the paper's figures."
        )
    else:
        notes.append("The data set is the paper's; the recipe is that of these trainings.")
    return notes


def _seeds(document: Document) -> list[str]:
    counts = Counter(len(cell["seeds"]) for cell in document["cells"] if cell["status"] == "trained")
    told = ", ".join(f"{n} with {k} {'seed' if k == 1 else 'seeds'}" for k, n in sorted(counts.items(), reverse=True))
    if not counts:
        return ["Trained: no cell."]
    notes = [f"Trained: {told}."]
    noise = document["seed_deviation"]
    if noise is None:
        return [*notes, "No cell has two seeds: no interval, and nothing is said of noise."]
    notes.append(
        f"±: {document['level']:.0%} interval over seeds (Student's t). From seed to seed accuracy varies by "
        f"{fixed(100 * noise['accuracy'], 2)} points (standard deviation, taken to be the same for all networks, "
        f"{noise['freedom']} degrees of freedom); csv and json also have each network's own interval."
    )
    return notes


def _images(document: Document) -> list[str]:
    trained = [cell for cell in document["cells"] if cell["status"] == "trained"]
    if not trained:
        return []
    widest = max(trained, key=lambda cell: cell["images_high"] - cell["images_low"])
    reach = fixed(50 * (widest["images_high"] - widest["images_low"]), 1)
    return [
        f"Test images: {widest['images']}. Other images alone would move an accuracy by up to ±{reach} points "
        f"({document['level']:.0%}, binomial, Wilson); all networks see the same ones, and ± does not contain it."
    ]


def _missing(document: Document) -> list[str]:
    notes = []
    for status, said in (("missing", "not trained yet (-)"), ("no exit", "without that exit")):
        names = [_name(cell) for cell in document["cells"] if cell["status"] == status]
        if names:
            notes.append(f"{len(names)} of {len(document['cells'])} cells {said}: {_list(names)}.")
    failed = [f"{one['model']}, seed {one['seed']} ({one['reason']})" for one in document["failed"]]
    return [*notes, f"{len(failed)} runs failed: {_list(failed, '; ')}."] if failed else notes


def _elsewhere(document: Document) -> list[str]:
    other = document["not_on_the_map"]
    plain = document["trained_as_plain_vit"]
    notes = [f"Trained as plain ViTs, which are layers of the last branch alone: {_list(plain)}."] if plain else []
    notes += [
        f"Trained by another recipe, and not on this map: {count} networks of {experiment} (--experiment {experiment})."
        for experiment, count in other["other_recipes"].items()
    ]
    notes += [f"{other['runs']} runs have layers that are not on this map."] if other["runs"] else []
    return [*notes, f"Not on the map: {_list(other['models'])}."] if other["models"] else notes


def _published(document: Document) -> list[str]:
    told = [f"{_name(cell)} {cell['published_percent']} %" for cell in document["cells"] if cell["published_percent"]]
    return [f"Published, in the paper's tables: {_list(told)}."] if told else []


def _name(cell: Mapping[str, Any]) -> str:
    branches = [key for key in cell if key.startswith("branch_")]
    return "-".join(str(cell[key]) for key in branches)


def _list(names: Sequence[str], separator: str = ", ") -> str:
    shown = separator.join(names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
