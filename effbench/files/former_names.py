"""Former names of modules that user code imports: each is the module that took its place.

Asked for only where nothing else has the name. Standard error says once for each what the name is now.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

FORMER = {
    "effbench.registry": "effbench.models.registry",
    "effbench.spec": "effbench.models.spec",
    "effbench.plugins": "effbench.models.plugins",
    "effbench.nn": "effbench.models.networks",
    "effbench.counters": "effbench.counting.counters",
    "effbench.operations": "effbench.counting.operations",
    "effbench.early_exit.cost": "effbench.counting.exits",
    "effbench.data": "effbench.training.data",
    "effbench.train": "effbench.training.loop",
    "effbench.processes.rounds": "effbench.profiling.rounds",
    "effbench.processes.steady": "effbench.profiling.steady",
}
"""Former name -> name now, for modules and packages."""


def present_name(name: str) -> str | None:
    """The name that a module of 0.1 has now; None for all others."""
    for former, now in FORMER.items():
        if name == former or name.startswith(f"{former}."):
            return now + name[len(former) :]
    return None


class FormerNames:
    """Finds modules by their former names; the module found is the one and only, under its present name.

    It is a finder and a loader by its methods: the base classes in ``importlib.abc`` take 20 ms to import.
    """

    def __init__(self) -> None:
        self._specs: dict[str, ModuleSpec | None] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for a former name; None for any other."""
        if present_name(fullname) is None:
            return None
        return ModuleSpec(fullname, self)  # type: ignore[arg-type]  # a loader by its methods

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module under its present name."""
        now = present_name(spec.name) or spec.name
        module = import_module(now)
        self._specs[spec.name] = module.__spec__
        import_module("effbench.files.terminal").say(
            f"effbench: {spec.name} is now {now}; the former name works in this release"
        )
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It ran under its present name; only what importing has just overwritten is put back."""
        former = module.__spec__.name if module.__spec__ else ""
        module.__spec__ = self._specs.pop(former, module.__spec__)


def install() -> None:
    """Let former names be imported; done once however often it is called."""
    if not any(isinstance(finder, FormerNames) for finder in sys.meta_path):
        sys.meta_path.append(FormerNames())
