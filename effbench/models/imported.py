"""What this process has imported besides Python and effbench: files with digests, installed packages with editions.

A result made from a user's network holds for these files and editions alone. They are compared without importing
anything. Two things are not seen: files that code opens without importing them, and modules that have no file.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

STARTED = time.time()
"""When this module was loaded. A file that changed later may not be the one that was imported."""

NOT_FOREIGN = ("effbench", "effbench_worker", "__main__", "__mp_main__")

INSTALLED = ("site-packages", "dist-packages")


def imported() -> dict[str, dict[str, str]] | None:
    """``files``: module -> digest of its file. ``packages``: distribution -> edition of its contents.

    None where that is not known: a file is gone, or changed after this process started.
    """
    files, packages = {}, set()
    for name, place in _foreign().items():
        owners = _distributions(name, place)
        packages.update(owners)
        if not owners:
            if _changed(place):
                return None
            files[name] = digest(place)
    return {"files": files, "packages": {name: _edition(name) for name in sorted(packages)}}


def unchanged(kept: object) -> bool:
    """Whether the imports of ``kept``, as ``imported`` returned them, would load the same contents now."""
    if not isinstance(kept, Mapping) or not all(isinstance(kept.get(part), Mapping) for part in ("files", "packages")):
        return False
    return all(_edition(name) == edition for name, edition in kept["packages"].items()) and all(
        found != "" and _digest_of_module(name) == found for name, found in kept["files"].items()
    )


def digest(place: Path) -> str:
    """Of a file, or of the archive that it lies in; empty if neither can be read."""
    import hashlib

    try:
        return hashlib.sha256(_on_disk(place).read_bytes()).hexdigest()[:32]
    except OSError:
        return ""


def _on_disk(place: Path) -> Path:
    """The file, or the archive that it lies in."""
    return next((path for path in (place, *place.parents) if path.is_file()), place)


def _foreign() -> dict[str, Path]:
    """Loaded modules that are neither Python's nor ours -> their files."""
    found = {}
    for name, module in list(sys.modules.items()):
        place = _place(module)
        if place is not None and name.partition(".")[0] not in NOT_FOREIGN and not _is_python(place):
            found[name] = place
    return found


def _place(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) else None


def _is_python(place: Path) -> bool:
    """Whether the file belongs to the standard library."""
    homes = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib")}
    return any(place.is_relative_to(home) for home in homes) and not _is_installed(place)


def _is_installed(place: Path) -> bool:
    return any(part in INSTALLED for part in place.parts)


def _distributions(name: str, place: Path) -> list[str]:
    """Installed distributions that the module may be of, by where its package lies; none of a file of the user's."""
    top = name.partition(".")[0]
    home = _place(sys.modules.get(top)) or place
    return _owners().get(top, []) if _is_installed(home) else []


@cache
def _owners() -> Mapping[str, list[str]]:
    """Package -> the distributions that installed it; takes half a second."""
    from importlib.metadata import packages_distributions

    return packages_distributions()


def _changed(place: Path) -> bool:
    """Whether the file is gone, or newer than this process."""
    try:
        return _on_disk(place).stat().st_mtime > STARTED
    except OSError:
        return True


def _edition(name: str) -> str:
    """Version and a digest of the list of installed files, which holds a digest of each; empty if not installed."""
    import hashlib
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        found = distribution(name)
    except (PackageNotFoundError, ValueError):
        return ""
    return f"{found.version} {hashlib.sha256((found.read_text('RECORD') or '').encode()).hexdigest()[:16]}"


def _digest_of_module(name: str) -> str:
    """Of the file that an import of the module would load."""
    place = _place(sys.modules.get(name))
    if place is None:
        spec = _spec(name)
        place = Path(spec.origin) if spec is not None and spec.origin else None
    return "" if place is None else digest(place)


def _spec(name: str) -> ModuleSpec | None:
    """As an import would find it; ``importlib.util.find_spec`` would import the parent packages."""
    parent = name.rpartition(".")[0]
    inside = _inside(parent) if parent else None
    if parent and inside is None:
        return None
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    return next((spec for find in finders if find is not None and (spec := find(name, inside))), None)


def _inside(package: str) -> Sequence[str] | None:
    """Where the modules of a package are looked for; None if it cannot be found."""
    if package in sys.modules:
        return getattr(sys.modules[package], "__path__", None)
    spec = _spec(package)
    return None if spec is None else spec.submodule_search_locations
