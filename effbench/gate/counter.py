"""One network counted: in this process, or in one of its own that is asked by name."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra
from effbench.gate.snapshot import Tally, tally
from effbench.models.plugins import allow, is_allowed
from effbench.models.registry import resolve
from effbench.processes.process import Worker

BOOT = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parents[2]))
from effbench.gate.counter import main
main()
"""


@dataclass(frozen=True, kw_only=True)
class Network:
    """What the network of a model does in one forward pass of one image.

    Attributes:
        tally: its counts. operators: operator -> how often it ran. uncounted: those of them without a price.
    """

    tally: Tally
    operators: Mapping[str, int]
    uncounted: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class NotCounted:
    """Why there is no count.

    Attributes:
        kind: ``missing`` (a library is not installed), ``model`` (its code raised), or what became of the process.
        reason: in one line.
    """

    kind: str
    reason: str


def count_network(name: str) -> Network | NotCounted:
    """The network of that model, on the meta device."""
    try:
        found = counted_network(resolve(name))
    except MissingExtra as error:
        return NotCounted(kind="missing", reason=str(error))
    except EffbenchError as error:
        return NotCounted(kind="model", reason=str(error))
    return Network(tally=tally(found.forward), operators=found.operators, uncounted=found.unpriced())


class Counter(Worker):
    """A process that counts networks, one after the other."""

    boot = BOOT

    def count(self, name: str, limit: float) -> Network | NotCounted:
        """The network of that model.

        Raises:
            WorkerFailed: the process ended, or does not answer within ``limit`` seconds.
        """
        answer = self.ask({"model": name, "code": is_allowed(name)}, limit)
        if "reason" in answer:
            return NotCounted(**answer)
        counts = Tally(modules=answer["modules"], digest=answer["digest"])
        return Network(tally=counts, operators=answer["operators"], uncounted=answer["uncounted"])


def main() -> None:
    """The process's loop: ``model`` and ``code`` (it may be a file) a line on standard input, a count a line back."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what a model prints goes to standard error
    gc.disable()  # networks on the meta device hold no memory, and looking for them takes a fifth of the time
    for line in sys.stdin:
        print(json.dumps({"ok": _answer(**json.loads(line))}), file=replies, flush=True)


def _answer(model: str, code: bool) -> dict[str, Any]:
    if code:
        allow(model)
    found = count_network(model)
    if isinstance(found, NotCounted):
        return {"kind": found.kind, "reason": found.reason}
    return {
        "modules": found.tally.modules,
        "digest": found.tally.digest,
        "operators": found.operators,
        "uncounted": found.uncounted,
    }
