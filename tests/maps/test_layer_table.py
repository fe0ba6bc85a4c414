"""Tables with one branch down and another across."""

from __future__ import annotations

from effbench.maps.layer_table import axis_labels, cell_lines, fixed_layers, layer_table

DOCUMENT = {
    "dataset": "tiny-imagenet",
    "row_branch": 1,
    "col_branch": 2,
    "rows": [0, 2],
    "cols": [1, 3, 5],
    "fixed": {"3": 3},
    "cells": [{"n": n} for n in range(6)],
}


def test_cells_are_cut_into_rows():
    assert [[cell["n"] for cell in line] for line in cell_lines(DOCUMENT)] == [[0, 1, 2], [3, 4, 5]]


def test_axes_and_what_is_fixed_are_named():
    assert axis_labels(DOCUMENT) == ("layers in branch 1", "layers in branch 2")
    assert fixed_layers(DOCUMENT) == ", 3 layers in branch 3"
    assert fixed_layers(DOCUMENT | {"fixed": {}}) == ""


def test_the_table_has_layers_along_both_sides():
    text = layer_table(DOCUMENT, lambda cell: f"v{cell['n']}", "table", what="v", notes=["a note"])
    title, _, head, _, first, second, _, note = text.splitlines()
    assert title == (
        "RAViT on tiny-imagenet: v, by layers in branch 1 (down) and branch 2 (across), 3 layers in branch 3"
    )
    assert head.split() == ["branch", "1", "\\", "2", "1", "3", "5"]
    assert first.split() == ["0", "v0", "v1", "v2"]
    assert second.split() == ["2", "v3", "v4", "v5"]
    assert note == "a note"
