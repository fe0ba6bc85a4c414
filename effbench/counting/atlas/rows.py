"""The atlas as rows: one a name, from the facts of its network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from effbench.cost.kinds import ATTENTION_KINDS, MAC_KINDS, PARAM
from effbench.counting.atlas.gather import Wanted
from effbench.counting.atlas.worker import Facts

PRODUCTS = ("mac_linear", "mac_qk", "mac_av")

Row = dict[str, Any]


def rows(models: Sequence[Wanted], found: Mapping[str, Facts]) -> list[Row]:
    """A row a name, in the order given."""
    return [row(one, found[one.key]) for one in models]


def row(one: Wanted, facts: Facts) -> Row:
    """One name; None where it could not be counted, and then the reason in ``failed``."""
    _, image, classes, *_ = one.key.split(" ")
    place = {"model": one.name, "input": image, "classes": int(classes)}
    if "failed" in facts:
        empty = dict.fromkeys(("params", "macs", *MAC_KINDS, "activations", "attention_share", "torch"))
        return {**place, **empty, "unseen": "", "failed": facts["failed"]}
    kinds = facts["kinds"]
    macs = {kind: kinds.get(kind, 0) for kind in MAC_KINDS}
    total = sum(macs.values())
    attention = sum(macs[kind] for kind in ATTENTION_KINDS)
    return {
        **place,
        "params": kinds.get(PARAM, 0),
        "macs": total,
        **macs,
        "activations": facts["activations"],
        "attention_share": round(attention / total, 6) if total else 0.0,
        "torch": agreement(facts),
        "unseen": ";".join(sorted(facts["uncounted"])),
        "failed": "",
    }


def agreement(facts: Facts) -> str | None:
    """Whether PyTorch's counter finds the same multiply-accumulates; None if it was not asked."""
    if not facts.get("torch"):
        return None
    convolutions, products = facts["torch"]
    ours = facts["kinds"].get("mac_conv", 0), sum(facts["kinds"].get(kind, 0) for kind in PRODUCTS)
    if ours == (convolutions, products):
        return "equal"
    return f"differs: convolutions {ours[0] - convolutions:+}, products {ours[1] - products:+}"
