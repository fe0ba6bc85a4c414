"""Model files of users and of other packages: run once; whatever they raise becomes one clear error.

A name of a model that is a file is code. Who types it on a command line, or calls ``allow``, wants it run; a recipe, a
snapshot or any other data that names it does not decide that: ``models.registry.resolve`` asks ``require_allowed``.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

from effbench.errors import CodeRefused, EffbenchError

GROUP = "effbench.models"
"""Entry-point group by which an installed package offers a module that registers models."""

_NAME = re.compile(r"(?P<file>.+\.py)(:(?P<model>.*))?")

_files: set[Path] = set()
_all = False


def file_of(name: str) -> tuple[Path, str] | None:
    """The file and the name in it, of ``FILE.py`` or ``FILE.py:NAME``; None of a model that is no file."""
    found = _NAME.fullmatch(name)
    return found and (Path(found["file"]), found["model"] or "")


def allow(name: str) -> None:
    """Let the file of that model be run, whoever names it; of a model that is no file, nothing changes."""
    found = file_of(name)
    if found:
        _files.add(_place(found[0]))


def allow_all() -> None:
    """Let every model file be run: what ``--allow-code`` says."""
    global _all
    _all = True


def is_allowed(name: str) -> bool:
    """Whether that model is a file that may be run; for a process that is asked to run it."""
    found = file_of(name)
    return found is not None and (_all or _place(found[0]) in _files)


def require_allowed(name: str) -> None:
    """Raise CodeRefused if that model is a file that nobody has allowed to be run; EffbenchError if there is none."""
    found = file_of(name)
    if found and not is_allowed(name):
        raise CodeRefused(name) if found[0].is_file() else EffbenchError(f"{found[0]}: no such model file")


@contextmanager
def named_in(file: object) -> Iterator[None]:
    """Names of models come from that file: a refusal in here says so."""
    try:
        yield
    except CodeRefused as refused:
        raise refused if refused.file is not None else CodeRefused(refused.model, file) from None


@contextmanager
def nothing_allowed() -> Iterator[None]:
    """A command begins: what was allowed before it does not hold in it, nor what it allows after it."""
    global _files, _all
    before = _files, _all
    _files, _all = set(), False
    try:
        yield
    finally:
        _files, _all = before


def _place(path: Path) -> Path:
    """The file itself, whatever leads to it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a zero byte: no file
        return path


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
