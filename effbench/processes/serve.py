"""The worker's end of the pipe: every line of JSON on standard input is answered by one on what was standard output.

``python serve.py NAME FOLDER MODULE`` loads the package in FOLDER as NAME, whatever else has that name, and calls
``main(serve)`` of its module MODULE. It is started by path under any Python, so it imports the standard library alone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

Answer = Callable[[Any], object]
"""Request, what a line of JSON held -> what JSON can hold."""

Kind = Callable[[Exception], str]
"""An error that an answer raised -> its kind, as ``WorkerFailed`` lists them."""


def serve(answer: Answer, kind: Kind = lambda error: "model") -> None:
    """Answer requests until the input ends; an error is an answer too. What a request prints goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as replies:
        os.dup2(2, 1)
        for line in sys.stdin:
            print(reply(answer, json.loads(line), kind), file=replies, flush=True)


def reply(answer: Answer, request: object, kind: Kind = lambda error: "model") -> str:
    """One line: ``{"ok": …}``, or ``{"error": message, "kind": …}``."""
    try:
        return json.dumps({"ok": answer(request)})
    except Exception as error:  # the network's own code: any kind
        lines = str(error).strip().splitlines() or [""]
        return json.dumps({"error": f"{type(error).__name__}: {lines[0]}", "kind": kind(error)})


def main(name: str, folder: str, module: str) -> None:
    """Serve what that module answers."""
    spec = spec_from_file_location(name, Path(folder) / "__init__.py", submodule_search_locations=[folder])
    if spec is None or spec.loader is None:
        raise ImportError(f"no package in {folder}")
    package = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(package)
    importlib.import_module(f"{name}.{module}").main(serve)


if __name__ == "__main__":
    main(*sys.argv[1:])
