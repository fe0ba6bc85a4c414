"""``effbench.search``: the most accurate networks of timm within budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effbench.selection.zoo import Found


def search(
    *,
    macs: float | None = None,
    params: float | None = None,
    memory: float | None = None,
    throughput: float | None = None,
    latency: float | None = None,
    top1: float | None = None,
    machine: str | None = None,
    sort: str = "top1",
) -> list[Found]:
    """Find networks of timm that meet every budget; an empty list if none does.

    Args:
        macs, params: at most, of one image. memory: bytes of the weights in fp32, at most.
        throughput: images per second, at least. latency: seconds of one image alone, at most.
        top1: published share, at least.
        machine: a published setting, short names allowed, or ``here``, where nothing is timed.
        sort: ``top1``, ``macs``, ``params`` or ``speed``.

        >>> import effbench as eb
        >>> best = eb.search(macs=5e9, params=30e6)[0]
        >>> best.model, best.size, round(best.top1, 4)
        ('tf_efficientnet_b4.ns_jft_in1k', 380, 0.8516)
    """
    from effbench.selection.budget import Budget
    from effbench.selection.finalists import Here
    from effbench.selection.zoo import search as searched

    budget = Budget(macs=macs, params=params, memory=memory, throughput=throughput, latency=latency, top1=top1)
    return list(searched(budget, machine, sort, Here(count=0)).rows)
