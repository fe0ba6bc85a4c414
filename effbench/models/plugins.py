"""Model files of users and of other packages: run once; whatever they raise becomes one clear error.

A name of a model that is a file is code. Who types it on a command line, or calls ``allow``, wants it run; a recipe, a
snapshot or any other data that names it does not decide that: ``models.registry.resolve`` asks ``require_allowed``.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from effbench.errors import CodeRefused, EffbenchError, first_line, missing

GROUP = "effbench.models"
"""Entry-point group by which an installed package offers a module that registers models."""

USER = "effbench_user_"
"""How modules begin that are files of users."""

_NAME = re.compile(r"(?P<file>.+?\.py)(:(?P<model>.*))?", re.DOTALL)
_IN_MODULE = re.compile(r"(?P<module>[A-Za-z_]\w*(\.[A-Za-z_]\w*)*):(?P<target>[A-Za-z_]\w*(\.\w+)*(,.*)?)", re.DOTALL)

_files: set[Path] = set()
_modules: set[str] = set()
_all = False


def file_of(name: str) -> tuple[Path, str] | None:
    """The file and the name in it, of ``FILE.py`` or ``FILE.py:NAME``; None of a model that is no file."""
    found = _NAME.fullmatch(name)
    return found and (Path(found["file"]), found["model"] or "")


def is_onnx(name: str) -> bool:
    """Whether the name is that of an ONNX file, which is counted from its shapes and never run."""
    return name.lower().endswith(".onnx")


def module_of(name: str) -> tuple[str, str] | None:
    """The module and what is named in it, of ``package.module:factory``; None of a name that is written otherwise.

    ``family:argument`` may be written like this, too: a registered family goes first.
    """
    found = None if file_of(name) else _IN_MODULE.fullmatch(name)
    return found and (found["module"], found["target"])


def allow(name: str) -> None:
    """Let the file or module of that model be run, whoever names it; of any other model nothing changes."""
    found, in_module = file_of(name), module_of(name)
    if found:
        _files.add(_place(found[0]))
    elif in_module:
        _modules.add(in_module[0])


def allow_all() -> None:
    """Let every model file be run: what ``--allow-code`` says."""
    global _all
    _all = True


def is_allowed(name: str) -> bool:
    """Whether that model is a file or in a module that may be run; for a process that is asked to run it."""
    found, in_module = file_of(name), module_of(name)
    if found is None:
        return in_module is not None and (_all or in_module[0] in _modules)
    return _all or _place(found[0]) in _files


def require_allowed(name: str) -> None:
    """Raise CodeRefused if that model is code that nobody has allowed to be run; EffbenchError if there is no file."""
    found = file_of(name)
    if is_allowed(name):
        return
    if found and not found[0].is_file():
        raise EffbenchError(f"{found[0]}: no such model file")
    if found or module_of(name):
        raise CodeRefused(name)


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
    global _files, _modules, _all
    before = _files, _modules, _all
    _files, _modules, _all = set(), set(), False
    try:
        yield
    finally:
        _files, _modules, _all = before


def _place(path: Path) -> Path:
    """The file itself, whatever leads to it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a zero byte: no file
        return path


def run_file(path: Path) -> ModuleType:
    """Run a Python file that registers models or holds networks; the module that it is.

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
    with _of_a_user(f"{path} could not be run"):
        spec.loader.exec_module(module)
    return module


def run_module(name: str) -> ModuleType:
    """Import a module by its dotted name; the current folder is looked in, too.

    Raises:
        EffbenchError: there is no such module, or it raised.
    """
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    with _of_a_user(f"{name} could not be imported"):
        return importlib.import_module(name)


@contextmanager
def _of_a_user(what: str) -> Iterator[None]:
    """Whatever the code in here raises, or how it would leave, is one line."""
    leave, ours = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != ours:  # a process that it has started
            leave(status)
        raise SystemExit(status)

    os._exit = refuse
    try:
        yield
    except (EffbenchError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise EffbenchError(_said(what, error)) from None
    finally:
        os._exit = leave


def _said(what: str, error: BaseException) -> str:
    """What went wrong in a user's code, and the pip line where only a package is missing."""
    lacking = missing("it", error) if isinstance(error, ImportError) else None
    return f"{what}: {first_line(error)}{f' ({lacking})' if lacking else ''}"


def is_importable(module: str) -> bool:
    """Whether an import would find that top-level module, here or where it is installed; nothing is imported."""
    try:
        return importlib.util.find_spec(module) is not None or any(
            (Path.cwd() / place).exists() for place in (f"{module}.py", module)
        )
    except (ImportError, ValueError):
        return False


def _module_name(path: Path) -> str:
    """One of its own, also for a second file of the same name."""
    name = f"{USER}{path.stem}"
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
