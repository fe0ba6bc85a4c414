"""Errors a user can cause, each one clear line: what was wrong, what is allowed, the nearest valid name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class EffbenchError(Exception):
    """Bad input. The command line prints it as one line and exits with code 2."""


class SpecError(EffbenchError):
    """A model, size or option that cannot exist."""


class UnknownName(EffbenchError):
    """A name that is not registered; the message offers the nearest ones.

    Args:
        kind: what the name should have been, e.g. ``"model"``.
        name: what was given.
        known: every allowed name.
        hint: where the full list is found. near: the nearest names, where the caller knows better than spelling does.
    """

    def __init__(
        self, kind: str, name: str, known: Iterable[str], hint: str = "", near: Sequence[str] | None = None
    ) -> None:
        names = sorted(known)
        near = nearest(name, names) if near is None else near
        offer = f"did you mean {' or '.join(near)}?" if near else f"known: {_listed(names)}"
        super().__init__(f"unknown {kind} {_short(name)!r}; {offer}{' ' + hint if hint else ''}")


OFFERED, LISTED = 3, 160
"""Names that an error offers, and characters of the names that it lists."""


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Up to OFFERED names: those that begin with ``name``, the shortest first, then those of similar spelling."""
    import difflib  # only on the way out: keeps start-up light

    begin = sorted((known for known in names if name and known.startswith(name)), key=len)
    similar = difflib.get_close_matches(name, names, n=OFFERED, cutoff=0.5)
    return list(dict.fromkeys((*begin, *similar)))[:OFFERED]


def _listed(names: Sequence[str]) -> str:
    """As many names as fit into LISTED characters, at least one, and how many more there are."""
    shown = 1
    while shown < len(names) and len(", ".join(names[: shown + 1])) <= LISTED:
        shown += 1
    more = f" and {len(names) - shown} more" if shown < len(names) else ""
    return ", ".join(names[:shown]) + more


def _short(name: str) -> str:
    return name if len(name) <= LISTED // 2 else f"{name[: LISTED // 2]}..."


class CodeRefused(EffbenchError):
    """Data names a model that is Python code, and nobody has allowed it to run. No row, no reason: a refusal.

    Args:
        model: the name. file: where it stands, if that is known.
    """

    def __init__(self, model: str, file: object = None) -> None:
        where = "" if file is None else f"{file} names "
        said = "its file on the command line" if len(model) > 100 else f"{model} on the command line"
        super().__init__(
            f"{where}the model {model[:100]}, which is Python code: give --allow-code to run it, or name {said}"
        )
        self.model, self.file = model, file


class InUse(EffbenchError):
    """Another process works in that folder; it will be free another time."""


EXTRAS = {
    "measure": ("torch", "torchvision", "timm", "compressai", "fvcore", "ptflops", "numpy", "scipy"),
    "report": ("matplotlib", "pandas", "seaborn"),
    "train": ("pillow", "scikit-image", "scikit-learn", "tensorboard"),
    "deploy": ("onnx", "onnxruntime", "onnxscript"),
    "cluster": ("ray", "submitit"),
    "shell": ("shtab",),
}
"""Extra -> packages that it brings, as pip calls them."""

WITH = {"train": ("measure",), "cluster": ("measure", "train")}
"""Extra -> extras that it brings, too."""

IMPORTED_AS = {
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "cv2": "opencv-python",
    "yaml": "pyyaml",
    "mpl_toolkits": "matplotlib",
}
"""Module -> package, where the names differ."""


class MissingExtra(EffbenchError):
    """A package of an optional extra is not installed; the message is the pip line that adds all that is missing.

    Args:
        package: or the name of a module in it, as an ImportError has it.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        module = package.partition(".")[0]
        package = IMPORTED_AS.get(module, module)
        lacking = [name for one in (*WITH.get(extra, ()), extra) for name in not_installed(EXTRAS[one])]
        names = dict.fromkeys(lacking if package in lacking else [package, *lacking])
        super().__init__(f"{what} needs {package}: python -m pip install {' '.join(names)}")


class MissingPackage(EffbenchError):
    """Code of a user needs a package that is not installed; the message is the pip line that adds it."""

    def __init__(self, what: str, package: str) -> None:
        super().__init__(f"{what} needs {package}: python -m pip install {package}")


def missing(what: str, error: ImportError) -> EffbenchError | None:
    """The error to raise where ``what`` lacks a module: the pip line that adds its package.

    None where no package is missing: a module of ours, or a name or submodule that an installed package does not have.
    """
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    module = error.name.partition(".")[0]
    if module == "effbench" or (module != error.name and _is_installed(module)):
        return None
    package = IMPORTED_AS.get(module, module)
    extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
    return MissingPackage(what, package) if extra is None else MissingExtra(what, package, extra)


def not_installed(packages: Iterable[str]) -> list[str]:
    """Those that no import would find."""
    modules = {package: module for module, package in IMPORTED_AS.items() if module != "mpl_toolkits"}
    return [package for package in packages if not _is_installed(modules.get(package, package))]


def _is_installed(module: str) -> bool:
    """Whether an import would find that package: then it is something in it that is missing."""
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


LONGEST, LINE = 300, 200
"""Characters of a whole line of error, and of an error of other people's code that a message repeats."""


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text, or its two ends: what was wrong stands first, what helps stands last."""
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def first_line(error: BaseException) -> str:
    """``ValueError: no``: an error's type, and the first line of what it says; that line alone of one of ours."""
    try:
        line = (str(error).strip().splitlines() or [""])[0]
    except Exception:  # of a user, whose text cannot be made
        line = "an error that cannot be shown"
    if isinstance(error, EffbenchError):
        return line
    return f"{type(error).__name__}: {line if len(line) <= LINE else f'{line[:LINE]}...'}"
