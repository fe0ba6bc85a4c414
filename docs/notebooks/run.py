"""Run a notebook's code cells in this process and write what they show into it.

``python docs/notebooks/run.py docs/notebooks/first.ipynb``; needs no Jupyter. Cells with the tag ``varies`` show times.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

SHOWN = {"text/html": "_repr_html_", "image/svg+xml": "_repr_svg_"}


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs that its cells have now."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            outputs = _outputs("".join(cell["source"]), names, number)
            cell = {**cell, "outputs": outputs, "execution_count": None}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """What is printed, and the value of the last line."""
    tree, printed = ast.parse(source), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"<cell {number}>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"<cell {number}>", "eval"), names)
    text = printed.getvalue()
    stream = [{"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}] if text else []
    if value is None:
        return stream
    data = {kind: getattr(value, name)() for kind, name in SHOWN.items() if hasattr(value, name)}
    data = data or {"text/plain": repr(value)}
    lines = {kind: made.splitlines(keepends=True) for kind, made in data.items()}
    return [*stream, {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": lines}]


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        made = executed(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
