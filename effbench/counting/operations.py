"""Operations of any registered model: by formula where there is one, else counted from its network and kept on disk."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from effbench import __version__
from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import KINDS
from effbench.counting.count import Count
from effbench.errors import MissingExtra
from effbench.files import cache
from effbench.models.families.timm_zoo import shipped_network
from effbench.models.imported import digest, imported, unchanged
from effbench.models.inputs import Side, parse_inputs, shown
from effbench.models.registry import Model, resolve
from effbench.models.shipped import mismatch, shipped
from effbench.render.progress import Progress

if TYPE_CHECKING:
    from effbench.counting.counters.dispatch import Run

SHIPPED = "effbench, shipped counts"
"""How a count says that it was made for the release."""

LIBRARIES = ("torch", "torchvision", "timm", "compressai")
"""What a network may be made of: a count holds for these versions."""


@lru_cache(maxsize=256)
def operations(name: str, size: Side | None = None, inputs: str = "") -> Count:
    """The operations of a registered model at an image size (None: its own), remembered for the next time it is asked.

    Args:
        inputs: what its network is called with in the place of an image, as typed, with spaces between.

    Raises:
        MissingExtra: the model has no formula, was not counted before, and torch is not installed.
        EffbenchError: the network cannot be built, or does not run.
    """
    return count_of(resolve(name, size, parse_inputs(inputs.split())))


def count_of(model: Model, batch: int = 1) -> Count:
    """The operations of a model for a batch of images, by formula or counted; errors as those of ``operations``.

    Args:
        batch: images, where the model's inputs do not say it.
    """
    if not model.has_formula:
        return counted_of(model, batch)
    return Count(
        model=model.name,
        size=model.size,
        counts=model.cost(),
        source="analytic",
        by=f"effbench {__version__}",
    ).of_batch(batch)


def counted_of(model: Model, batch: int = 1) -> Count:
    """The operations of the model's network, whether or not it has a formula; arguments and errors as above."""
    images = 1 if model.inputs else batch
    return _kept(model, images) or _keep(model, counted(model, images), images)


def counted(model: Model, images: int = 1) -> Count:
    """The operations of the model's network: forward, that many images, or the model's inputs.

    A network is run with the whole batch: what it does once a pass, whatever the batch, is in no image's share.
    """
    found = counted_network(model, batch=images)
    by = f"effbench {__version__} on torch {_versions()[0]}"
    return _counted(model, images, found.forward, by, found.device, tuple(map(str, found.uncounted)))


def _counted(model: Model, images: int, counts: OpCounts, by: str, device: str, uncounted: tuple[str, ...]) -> Count:
    return Count(
        model=model.name,
        size=model.size,
        batch=model.batch if model.inputs else images,
        counts=counts,
        source="counted",
        by=by,
        device=device,
        uncounted=uncounted,
    )


def shipped_or_counted(model: Model, batch: int = 1) -> Count:
    """As ``count_of``; timm's and torchvision's as counted for this release, modules merged, without PyTorch."""
    network = None if model.has_formula or model.inputs or batch != 1 else shipped_network(model)
    if network is None or int(network.text("classes")) != model.spec.num_classes:
        return count_of(model, batch)
    made_with = shipped().made_with
    libraries = ("effbench", "torch", network.family if network.family in made_with else "timm")
    by = f"{SHIPPED} ({', '.join(f'{name} {made_with[name]}' for name in libraries)})"
    return _counted(model, 1, network.counts, by, "meta", network.uncounted)


def shipped_notes(by: Iterable[str]) -> list[str]:
    """What a reader should know of rows that were made ``by`` these, if shipped counts are among them."""
    made = next((one for one in by if one.startswith(SHIPPED)), None)
    return [] if made is None else [f"From {made.removeprefix('effbench, ')}.", *filter(None, [mismatch()])]


def counted_network(
    model: Model,
    *,
    backward: bool = False,
    strict: bool = False,
    device: str = "auto",
    batch: int = 1,
    moves: bool = False,
) -> Run:
    """What our counter sees of the model's network.

    Args:
        device: where; ``auto``: on the meta device, and on the CPU where that cannot do it.
        batch: images, where the model's inputs do not say it.
        moves: also what operators read and write.

    Raises:
        MissingExtra: torch is not installed. EffbenchError: the network cannot be built, or does not run, with the
            reason in one line; or, with ``strict``, an operator has no price.
    """
    with Progress(f"effbench: counting {model.name} at {shown(model.size)}"):
        try:
            from effbench.counting.counters.networks import model_count
        except ImportError as error:
            raise MissingExtra(f"counting {model.name}", error.name or "torch", "measure") from None
        return model_count(model, device=device, batch=batch, backward=backward, strict=strict, moves=moves)


def code_of(model: Model) -> str:
    """Digest of the code that makes the model's network: ours, and the files that define a user's model.

    What these files import in turn is not in it: see ``models.imported``.
    """
    return f"{_code()[:16]}{_user_code(model)[:16]}"


def file_of(model: Model, images: int = 1) -> str:
    """One file per specification, code and library versions: anything else would be another network."""
    import hashlib

    key = repr((model.name, model.spec, model.inputs, images, _code(), _versions(), _user_code(model)))
    return f"counts/{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest of what builds and counts networks."""
    import hashlib

    digest = hashlib.sha256()
    here = Path(__file__).parent
    for folder in (here.parent / "cost", here.parent / "models", here / "counters"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _user_code(model: Model) -> str:
    """Digest of the files that define a user's model: that register it, and hold its specification and ``build``."""
    import hashlib

    if model.is_ours:
        return ""
    build = model.entry.family.build
    makers = (type(model.spec), getattr(build, "func", build))  # func: of a partial
    names = {model.entry.registered_by, *(getattr(maker, "__module__", "") for maker in makers)}
    files = {str(file) for name in names if (file := getattr(sys.modules.get(name), "__file__", None))}
    return hashlib.sha256(" ".join(sorted(digest(Path(file)) for file in files)).encode()).hexdigest()


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    """Installed versions of LIBRARIES, without importing them."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for library in LIBRARIES:
        try:
            found.append(version(library))
        except PackageNotFoundError:
            found.append("")
    return tuple(found)


def _kept(model: Model, images: int) -> Count | None:
    """An earlier count of the same network; None if there is none that can be read."""
    data = cache.read(file_of(model, images))
    try:
        if data["model"] != model.name or not (model.is_ours or unchanged(data["imported"])):
            return None
        counts = OpCounts(_items(data["items"], KINDS), calls=_items(data["calls"]) if data["calls"] else {})
        uncounted = tuple(data["uncounted"])
        return _counted(model, images, counts, str(data["by"]), str(data["device"]), uncounted)
    except (ValueError, KeyError, TypeError):
        return None  # anything but a count is in the file


def _items(kept: Iterable[tuple[str, str, int]], known: Container[str] | None = None) -> dict[Key, int]:
    """(path, kind or call) -> count, as kept. ValueError or TypeError: one that no counter gives."""
    items = {}
    for path, kind, n in kept:
        named = type(path) is str and type(kind) is str and (known is None or kind in known)
        if not named or type(n) is not int or n <= 0 or (path, kind) in items:
            raise ValueError("not a count")
        items[path, kind] = n
    if not items:
        raise ValueError("no counts")
    return items


def _keep(model: Model, found: Count, images: int) -> Count:
    """Write the count for the next time, with what it holds for; not if that is unknown."""
    foreign = None if model.is_ours else imported()
    if model.is_ours or foreign is not None:
        items = [[path, kind, n] for (path, kind), n in found.counts.items.items() if n]
        about = {"model": model.name, "by": found.by, "device": found.device}
        calls = [[path, name, n] for (path, name), n in (found.counts.calls or {}).items() if n]
        data = {**about, "items": items, "calls": calls, "uncounted": found.uncounted, "imported": foreign}
        cache.write(file_of(model, images), data, f"the count of {model.name}")
    return found
