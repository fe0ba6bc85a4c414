"""Model files of users and of other packages: run once; whatever they raise becomes one clear error."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from itertools import count
from pathlib import Path

from effbench.errors import EffbenchError

GROUP = "effbench.models"
"""Entry-point group by which an installed package offers a module that registers models."""


def run_file(path: Path) -> None:
    """Run a Python file that registers models.

    Raises:
        EffbenchError: there is no such file, or it raised.
    """
    if not path.is_file():
        raise EffbenchError(f"{path}: no such model file")
    spec = importlib.util.spec_from_file_location(_module_name(path), path)
    if spec is None or spec.loader is None:
        raise EffbenchError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except EffbenchError:
        raise
    except (Exception, SystemExit) as error:
        raise EffbenchError(f"{path} could not be run: {type(error).__name__}: {error}") from None


def _module_name(path: Path) -> str:
    """One of its own, also for a second file of the same name."""
    name = f"effbench_user_{path.stem}"
    return next(free for i in count(1) if (free := name if i == 1 else f"{name}_{i}") not in sys.modules)


@cache
def load_installed() -> None:
    """Load what installed packages declare under GROUP; done only when a name is not ours, as the search takes time."""
    from importlib.metadata import entry_points

    for plugin in entry_points(group=GROUP):
        try:
            plugin.load()
        except (Exception, SystemExit) as error:  # another package's code: whatever it raises, name the package
            raise EffbenchError(f"plugin {plugin.value} could not be loaded: {error}") from None
