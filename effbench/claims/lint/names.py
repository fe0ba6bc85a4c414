"""Row names of tables as names of networks: timm's, torchvision's and those registered here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from effbench.errors import EffbenchError, nearest
from effbench.files.toml import read_toml
from effbench.models.registry import entries
from effbench.models.shipped import TORCHVISION, USUAL, shipped

WORDS = {
    "tiny": "t", "ti": "t", "small": "s", "base": "b", "large": "l", "huge": "h", "giant": "g", "nano": "n",
    "medium": "m", "xxsmall": "xxs", "xsmall": "xs", "xlarge": "xl", "femto": "f", "pico": "p", "atto": "a",
}  # fmt: skip
"""How papers abbreviate the sizes of a family."""

OPTIONAL = re.compile(r"\d{3}|patch\d+|window\d+|tf|rw|100|clip|in1k|ra|legacy")
"""Parts of timm's names that a table may leave out."""

NOISE = re.compile(
    r"\d+xb\d+|in\d+k|pre|3rdparty|amp|coslr|\d+e|finetune|medft|openai|laion\w*|ours|pretrained|imagenet"
)
"""Parts of a row's name that say how it was trained."""

CITED = re.compile(r"\s*(\[[\d,\s–-]*\]|\((?:[^()]*\d{4}[a-z]?[^()]*|ours|no EE|distilled)\)|†|‡|\*+$)")

CANDIDATES = 3


@dataclass(frozen=True)
class Named:
    """What a row's name stands for. Attributes: model: None where in doubt; candidates: what it may be."""

    model: str | None
    candidates: tuple[str, ...] = ()


def named(row: str, family: str, side: int | None, given: Mapping[str, str]) -> Named:
    """The network of a row.

    Args:
        family: name that a short row such as ``S24`` belongs to, from the caption. side: the row's image side, pixels.
        given: row name -> model, from the user.
    """
    for key in (row, _plain(row)):
        if key in given:
            return Named(given[key])
    exact = _plain(row).removeprefix("timm/").partition(" ")[0]
    for name in (exact, exact.partition(".")[0], f"{TORCHVISION}{exact}"):
        if name in shipped().architectures:
            return Named(name)
    inner = re.search(r"\(([^()]+)\)", row)
    tries = (row, f"{family} {row}", f"{row} {family}", inner[1] if inner else "")
    found = next((found for text in tries if text and (found := _matches(text))), [])
    if not found:
        return Named(None, tuple(nearest(_joined(_tokens(row), mapped=False), sorted(_plain_names()))[:CANDIDATES]))
    best = min(penalty for penalty, _ in found)
    at_size = [(penalty, model) for penalty, model in found if side is not None and _own_side(model) == side]
    tiers = ([m for p, m in at_size if p == best], [m for p, m in at_size if p == best + 1])
    chosen = next((tier for tier in tiers if tier), [model for penalty, model in found if penalty == best])
    chosen = [model for model in chosen if "/" not in model] or chosen  # timm's before torchvision's
    if len({_signature(model) for model in chosen}) == 1:
        return Named(min(chosen, key=lambda model: ("/" in model, model)))
    return Named(None, tuple(sorted(chosen)[:CANDIDATES]))


def names_file(path: Path | None) -> dict[str, str]:
    """Row name -> model, of a TOML file of such lines.

    Raises:
        EffbenchError: it cannot be read, or a value is no model that is known.
    """
    given = {} if path is None else dict(read_toml(path, "names"))
    for row, model in given.items():
        if not isinstance(model, str):
            raise EffbenchError(f"{path}: {row!r} must be the name of a model")
        plain = model.removeprefix("timm/")
        if shipped().find(plain) is None and model.partition(":")[0] not in entries():
            near = nearest(plain, sorted(_plain_names()))
            offer = f"; did you mean {' or '.join(near)}?" if near else ""
            raise EffbenchError(f"{path}: unknown model {model!r}{offer}")
    return {row: str(model).removeprefix("timm/") for row, model in given.items()}


def _plain(row: str) -> str:
    return CITED.sub("", row).strip()


def _tokens(name: str) -> list[str]:
    """Lower-case parts between punctuation; ``p16`` and ``/16`` are patches, ``w7`` a window."""
    text = re.sub(r"(\d+)(?:\.(\d))?gf", lambda gf: f"{int(gf[1] + (gf[2] or '0')):03}", name.lower())
    text = re.sub(r"(\d+)00mf", lambda mf: f"{int(mf[1]):03}", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "", _plain(text).removeprefix(TORCHVISION))
    text = re.sub(r"(?<=[a-z])/(\d+)", r" patch\1", text)
    parts = [part for part in re.split(r"[^a-z0-9]+", text) if part]
    parts = [re.sub(r"^p(\d+)$", r"patch\1", re.sub(r"^w(\d+)$", r"window\1", part)) for part in parts]
    return [re.sub(r"^(\d{3})px$", r"\1", part) for part in parts]


def _joined(tokens: Sequence[str], *, mapped: bool) -> str:
    """One word, in which a patch is its number: ``vitb16``."""
    parts = [WORDS.get(part, part) if mapped else part for part in tokens]
    return "".join(re.sub(r"^patch", "", part) for part in parts)


def _forms(tokens: Sequence[str]) -> Iterator[str]:
    for mapped in (True, False):
        yield _joined(tokens, mapped=mapped)


def _matches(row: str) -> list[tuple[int, str]]:
    """(penalty, model) of every network that the name fits."""
    tokens = [token for token in _tokens(row) if not NOISE.fullmatch(token)]
    sizeless = [token for token in tokens if not re.fullmatch(r"\d{3}", token)]
    found: dict[str, int] = {}
    for forms in (list(_forms(tokens)), list(_forms(sizeless))):
        for form in forms:
            for penalty, model in _index().get(form, ()):
                found[model] = min(penalty, found.get(model, penalty))
        if found:
            break
    return [(penalty, model) for model, penalty in found.items()]


@cache
def _index() -> Mapping[str, tuple[tuple[int, str], ...]]:
    """Form of a name -> (parts left out, model)."""
    found: dict[str, dict[str, int]] = {}
    for model in _plain_names():
        tokens = _tokens(model)
        for left_out, kept in _shortened(tokens):
            for form in _forms(kept):
                known = found.setdefault(form, {})
                known[model] = min(left_out, known.get(model, left_out))
    return {form: tuple((penalty, model) for model, penalty in models.items()) for form, models in found.items()}


def _shortened(tokens: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(how many are left out, the rest) with the image size, the patch and window, or all that is optional left out."""
    for left_out in (
        r"(?!)",
        r"\d{3}",
        r"patch\d+|window\d+",
        r"\d{3}|window\d+",
        r"\d{3}|patch\d+|window\d+",
        OPTIONAL.pattern,
    ):
        kept = [part for i, part in enumerate(tokens) if i == 0 or not re.fullmatch(left_out, part)]
        if len(kept) < len(tokens) or left_out == r"(?!)":
            yield _cost(tokens, kept), kept


def _cost(tokens: Sequence[str], kept: Sequence[str]) -> int:
    """Parts left out; those that papers always leave out cost nothing."""
    gone = [part for part in tokens if part not in kept]
    return sum(
        1 + (part in ("rw", "clip")) for part in gone if not re.fullmatch(r"224|patch4|patch16|window7|100|tf", part)
    )


def _own_side(model: str) -> int | None:
    if own := shipped().find(model):
        return own.size
    return entries()[model].spec.image_size if model in entries() else None


def _signature(model: str) -> object:
    """Equal for names of one network: parameters without those of the head and of positions, roughly, and MACs."""
    if row := shipped().find(model, USUAL) or shipped().find(model):
        return round(row.scopes["without head"] / 2e5), round(row.costs["macs"] / 2e7)
    entry = entries()[model]
    timm_name = getattr(entry.spec, "timm_name", None)
    if shipped().find(str(timm_name)):
        return _signature(str(timm_name))
    try:
        counts = entry.family.cost(entry.spec) if entry.family.cost else None
    except EffbenchError:
        counts = None
    if counts is None:
        return model
    from effbench.cost.convention import convention

    return round(int(convention("ci2p").in_scope(counts).params) / 2e5), round(
        int(convention("macs").total(counts)) / 2e7
    )


@cache
def _plain_names() -> frozenset[str]:
    return frozenset({*shipped().architectures, *entries()})
