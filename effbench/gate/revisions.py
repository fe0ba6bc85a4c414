"""Two revisions side by side: each in a work tree and an environment of its own, all of it gone in the end."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError, UnknownName
from effbench.files.scratch import clear, is_dead, remove, scratch
from effbench.gate import overlay
from effbench.processes import child

PREFIX = "effbench-gate-"
SIDES = ("base", "head")

_OURS = re.compile(rf"{PREFIX}[0-9a-f]{{16}}/({'|'.join(SIDES)})")
"""End of the path of a work tree that a gate run made."""

_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
"""Variables git sets for its hooks; they would point our work trees at the wrong index."""


@dataclass(frozen=True)
class Checkout:
    """One revision, ready to be measured.

    Attributes:
        folder: the project at that revision; model files are looked up there.
        python: interpreter of its environment.
        commit: full hash; of the last commit if the working tree is measured.
        label: for people, e.g. ``main (5a168cb7)`` or ``working tree (5a168cb7, changed)``.
    """

    folder: Path
    python: Path
    commit: str
    label: str


@contextmanager
def checkouts(
    repository: Path,
    base: str,
    head: str | None,
    *,
    isolated: bool = False,
    install: Sequence[str] = (),
    say: Callable[[str], None] = lambda step: None,
) -> Iterator[tuple[Checkout, Checkout]]:
    """Base and head, each checked out and installed in a temporary folder. Work trees are removed on every way out.

    What runs that were killed have left, here or in other repositories, is removed first.

    Args:
        repository: a git repository, or a folder in one that holds the project.
        base, head: anything git takes for a commit; ``head`` None is the working tree as it is now, uncommitted and
            untracked files included (ignored ones are not).
        isolated, install: see ``overlay.make``.
        say: told what is being done.

    Raises:
        EffbenchError: no repository, no such revision, no space, or a revision that cannot be installed.
    """
    top, inside = _repository(repository)
    commits = [_commit(top, base), _commit(top, head or "HEAD")]
    _clear_dead(top)
    with ExitStack() as stack:
        temporary = stack.enter_context(scratch(PREFIX))
        sides = []
        for name, revision, commit in zip(SIDES, (base, head), commits, strict=True):
            tree = temporary / name
            say(f"checking out {revision or 'the working tree'}")
            stack.enter_context(_work_tree(top, tree, commit))
            changed = revision is None and _take_over_changes(top, tree)
            label = f"{revision or 'working tree'} ({commit[:8]}{', changed' if changed else ''})"
            if not (tree / inside).is_dir():
                raise EffbenchError(f"{label} has no folder {inside}")
            say(f"installing {label}")
            python = _environment(temporary / f"{name}-env", tree / inside, label, isolated, install)
            sides.append(Checkout(folder=tree / inside, python=python, commit=commit, label=label))
        yield sides[0], sides[1]


def _environment(place: Path, folder: Path, label: str, isolated: bool, install: Sequence[str]) -> Path:
    try:
        return overlay.make(place, folder, isolated=isolated, install=install)
    except EffbenchError as error:
        raise EffbenchError(f"{label}: {error}") from None
    except OSError as error:
        raise EffbenchError(f"{label}: no environment could be made: {error.strerror or error}") from None


@contextmanager
def _work_tree(top: Path, tree: Path, commit: str) -> Iterator[None]:
    """A detached work tree of the commit. Hooks of the repository stay out of it."""
    try:
        _git(top, "-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--quiet", "--detach", str(tree), commit)
        yield
    finally:
        _forget(top, tree)


def _forget(top: Path, tree: Path) -> None:
    """Remove a work tree and its entry, and no other's: ``git worktree prune`` would take those of absent disks."""
    remove(tree)
    with suppress(EffbenchError):  # it was never made
        _git(top, "worktree", "remove", "--force", "--force", str(tree))  # twice: one half made is locked


def _clear_dead(top: Path) -> None:
    """Work trees of runs that were killed, with their entries."""
    said = _git(top, "worktree", "list", "--porcelain")
    listed = (Path(line.removeprefix("worktree ")) for line in said.splitlines() if line.startswith("worktree "))
    for tree in listed:
        if _OURS.fullmatch("/".join(tree.parts[-2:])) and (is_dead(tree.parent) or not tree.parent.exists()):
            _forget(top, tree)
            clear(tree.parent)


def _take_over_changes(top: Path, tree: Path) -> bool:
    """Make a work tree of the last commit hold what the working folder holds; whether there was anything to do."""
    tracked = _git(top, "diff", "--name-only", "-z", "--no-renames", "--ignore-submodules=all", "HEAD", "--")
    untracked = _git(top, "ls-files", "-z", "--others", "--exclude-standard")
    names = [name for name in (tracked + untracked).split("\0") if name]
    try:
        for name in names:
            _take_over(top / name, tree / name)
    except OSError as error:
        raise EffbenchError(f"the working tree cannot be copied: {error.strerror or error}") from None
    return bool(names)


def _take_over(source: Path, target: Path) -> None:
    """One path of the working folder: copied, or removed where it is gone. Nested repositories are left out."""
    if target.is_symlink() or target.is_file():
        target.unlink()
    if source.is_symlink() or source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def _repository(folder: Path) -> tuple[Path, str]:
    """(Top folder of the repository, the given folder inside it)."""
    if not folder.is_dir():
        raise EffbenchError(f"{folder}: no such folder")
    try:
        said = _git(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    except EffbenchError as error:
        raise EffbenchError(f"{folder} is not in a git repository ({error})") from None
    top, _, inside = said.partition("\n")
    return Path(top), inside.strip("\n")


def _commit(top: Path, revision: str) -> str:
    """Full hash of the commit that a revision names."""
    if not revision.startswith("-"):
        try:
            return _git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").strip()
        except EffbenchError:
            pass
    shallow = _git(top, "rev-parse", "--is-shallow-repository").strip() == "true"
    hint = "(this clone is shallow: fetch the full history)" if shallow else ""
    if revision == "HEAD":
        raise EffbenchError(f"{top} has no commit yet")
    refs = _git(top, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    raise UnknownName("revision", revision, refs.split(), hint)


def _git(folder: Path, *arguments: str) -> str:
    """What git says on standard output.

    Raises:
        EffbenchError: with its last line, or it is not installed.
    """
    if shutil.which("git") is None:
        raise EffbenchError("git is not installed")
    ran = child.run(["git", *arguments], folder=folder, environment=_variables(), undecodable="surrogateescape")
    if ran.code != 0:
        said = ran.errors.strip().splitlines() or [f"git {arguments[0]} failed"]
        raise EffbenchError(said[-1])
    return ran.output


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
