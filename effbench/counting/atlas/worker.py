"""A process that counts networks of timm by name, one after the other."""

from __future__ import annotations

import gc
import json
import os
import sys
import warnings
from typing import Any

from effbench.cost.convention import conventions
from effbench.processes.process import Worker

BOOT = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parents[2]))
from effbench.counting.atlas.worker import main
main()
"""

COLLECT_EVERY = 20
"""Networks between collections of garbage: looking for it after every allocation takes a fifth of the time."""

Facts = dict[str, Any]
"""What is known about one network, as plain JSON values: ``facts_of``."""


class AtlasWorker(Worker):
    """Counts what it is asked for."""

    boot = BOOT

    def facts(self, name: str, size: int | None, verify: bool, limit: float) -> Facts:
        """``facts_of`` in that process.

        Raises:
            WorkerFailed: the process ended, or does not answer within ``limit`` seconds.
        """
        return self.ask({"name": name, "size": size, "verify": verify}, limit)


def facts_of(name: str, size: int | None = None, *, verify: bool = False) -> Facts:
    """Counts of the network of that name at an image size (None: its own); or ``failed``, why there are none.

    Keys: ``kinds`` kind -> how many, parameters among them; ``totals`` convention -> cost; ``activations``;
    ``uncounted`` operator without a price -> how often it ran; ``torch`` the multiply-accumulates of convolutions and
    of matrix products by FlopCounterMode, None unless ``verify``.
    """
    from effbench.counting.counters.dispatch import count
    from effbench.counting.counters.outputs import look
    from effbench.counting.counters.unfilled import Unfilled
    from effbench.models.networks.timm_tags import network_and_image

    try:
        with Unfilled():
            network, image = network_and_image(name, size)
        found = count(network, [image])
        seen = look(network, image, flops=verify)
    except Exception as error:  # anybody's network: any kind
        return {"failed": f"{type(error).__name__}: {(str(error) or '-').splitlines()[0][:160]}"}
    uncounted: dict[str, int] = {}
    for one in found.uncounted:
        uncounted[one.op] = uncounted.get(one.op, 0) + one.times
    return {
        "kinds": {kind: int(n) for kind, n in sorted(found.forward.by_kind().items()) if n},
        "totals": {name: int(one.total(found.forward)) for name, one in conventions().items()},
        "activations": seen.activations,
        "uncounted": uncounted,
        "torch": [seen.convolutions, seen.products] if verify else None,
    }


def main() -> None:
    """The process's loop: a request a line on standard input, facts a line on what was standard output."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what a model prints goes to standard error
    warnings.simplefilter("ignore")  # timm's about its own names
    gc.disable()
    for number, line in enumerate(sys.stdin, start=1):
        request = json.loads(line)
        facts = facts_of(request["name"], request["size"], verify=request["verify"])
        print(json.dumps({"ok": facts}), file=replies, flush=True)
        if number % COLLECT_EVERY == 0:
            gc.collect()
