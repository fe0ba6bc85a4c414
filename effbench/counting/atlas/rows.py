"""The atlas as rows: one a name, from the facts of its network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effbench.cost.kinds import ATTENTION_KINDS, MAC_KINDS, PARAM
from effbench.counting.atlas.gather import Wanted
from effbench.counting.atlas.worker import Facts

PRODUCTS = ("mac_linear", "mac_qk", "mac_av", "mac_matmul")


@dataclass(frozen=True, kw_only=True)
class AtlasRow:
    """One name of timm; None where its network could not be counted, and then the reason in ``failed``.

    Attributes:
        input: channels x height x width. classes: outputs; 0 without a head.
        macs: multiply-accumulates, then those of each kind. activations: output elements of their operators.
        attention_share: of the two attention products in the multiply-accumulates, 0 to 1.
        torch: ``equal`` if PyTorch's counter agrees, or how it differs; None if it was not asked.
        unseen: operators without a price, joined by semicolons.
    """

    model: str
    input: str
    classes: int
    params: int | None = None
    macs: int | None = None
    mac_linear: int | None = None
    mac_conv: int | None = None
    mac_qk: int | None = None
    mac_av: int | None = None
    mac_matmul: int | None = None
    mac_fft: int | None = None
    activations: int | None = None
    attention_share: float | None = None
    torch: str | None = None
    unseen: str = ""
    failed: str = ""


def rows(models: Sequence[Wanted], found: Mapping[str, Facts]) -> list[AtlasRow]:
    """A row a name, in the order given."""
    return [row(one, found[one.key]) for one in models]


def row(one: Wanted, facts: Facts) -> AtlasRow:
    """The row of one name."""
    _, image, classes, *_ = one.key.split(" ")
    if facts.failed:
        return AtlasRow(model=one.name, input=image, classes=int(classes), failed=facts.failed)
    macs = {kind: facts.kinds.get(kind, 0) for kind in MAC_KINDS}
    total = sum(macs.values())
    attention = sum(macs[kind] for kind in ATTENTION_KINDS)
    return AtlasRow(
        model=one.name,
        input=image,
        classes=int(classes),
        params=facts.kinds.get(PARAM, 0),
        macs=total,
        **macs,
        activations=facts.activations,
        attention_share=round(attention / total, 6) if total else 0.0,
        torch=agreement(facts),
        unseen=";".join(sorted(facts.uncounted)),
        failed="",
    )


def agreement(facts: Facts) -> str | None:
    """Whether PyTorch's counter finds the same multiply-accumulates; None if it was not asked."""
    if not facts.torch:
        return None
    convolutions, products = facts.torch
    ours = facts.kinds.get("mac_conv", 0), sum(facts.kinds.get(kind, 0) for kind in PRODUCTS)
    if ours == (convolutions, products):
        return "equal"
    return f"differs: convolutions {ours[0] - convolutions:+}, products {ours[1] - products:+}"
