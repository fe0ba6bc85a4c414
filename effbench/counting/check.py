"""The checks that every registered model must pass, for any model: a user's file, a plugin, one of timm's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import MAC_KINDS, PARAM
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra
from effbench.models.registry import Model

Row = dict[str, Any]


def run_checks(model: Model, *, cpu: bool = False, encoder_weights: str | None = None) -> list[Row]:
    """A row per check: ``check``, ``ok`` (None: cannot be asked of this model), ``detail``.

    Args:
        model: any registered model.
        cpu: also run one image through the network on the CPU.
        encoder_weights: file for the compression encoder of CI2P models; implies ``cpu``.

    Raises:
        MissingExtra: torch, or a library that the network needs, is not installed. EffbenchError: the weights cannot be
            read or do not fit.
    """
    try:
        found = counted_network(model)
    except MissingExtra:
        raise
    except EffbenchError as error:
        return [_row("builds and runs on the meta device", False, str(error))]
    rows = [_row("builds and runs on the meta device", True, f"{len(found.forward.items)} counts by module and kind")]
    unpriced = ", ".join(sorted({u.op for u in found.uncounted}))
    rows.append(_row("every operator has a price", not found.uncounted, unpriced))
    rows += _against_formula(model, found.forward)
    rows += [_row(*check(model, found.forward)) for check in (_against_torch, _outputs)]
    if cpu or encoder_weights:
        rows.append(_row(*_on_cpu(model, encoder_weights)))
    return rows


def _on_cpu(model: Model, encoder_weights: str | None) -> tuple[str, bool | None, str]:
    """One forward pass with values: random weights, or those of a file where the model takes them."""
    from effbench.counting.counters.networks import all_finite, logits_of, network_and_image

    label, options = "logits on the CPU are finite", {"encoder_weights": encoder_weights} if encoder_weights else {}
    network, image = network_and_image(model, "cpu", **options)
    try:
        return label, all_finite(logits_of(network, image)), encoder_weights or "random weights"
    except Exception as error:  # the network's own code: any kind
        return label, False, _first_line(error)


def _against_formula(model: Model, counted: OpCounts) -> Iterator[Row]:
    if not model.has_formula:
        yield _row("formula equals count", None, "no formula: costs are counted")
        return
    try:
        formula = {key: n for key, n in model.cost().items.items() if n}
    except Exception as error:  # a user's formula: any kind
        yield _row("formula equals count", False, f"the formula fails: {_first_line(error)}")
        return
    for label, keep in (
        ("parameters by formula equal the network's", lambda kind: kind == PARAM),
        ("operations by formula equal the count", lambda kind: kind != PARAM),
    ):
        one = {key: n for key, n in formula.items() if keep(key[1])}
        two = {key: n for key, n in counted.items.items() if keep(key[1])}
        wrong = [key for key in {*one, *two} if one.get(key) != two.get(key)]
        said = "; ".join(
            f"{p or '(model)'} {k}: {one.get((p, k))} against {two.get((p, k))}" for p, k in sorted(wrong)[:5]
        )
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        yield _row(label, not wrong, said + more)


def _against_torch(model: Model, counted: OpCounts) -> tuple[str, bool | None, str]:
    """Convolutions and matrix products, against PyTorch's own counter."""
    from effbench.counting.by_tool import tool_count

    label = "multiply-accumulates equal PyTorch's FlopCounterMode"
    try:
        theirs = tool_count(model.name, model.spec.image_size, "torch")["value"]
    except EffbenchError as error:
        return label, None, str(error)
    ours = int(convention("flops").total(counted))
    by_kind = counted.by_kind()
    parts = ", ".join(f"{kind} {by_kind[kind]:,}" for kind in MAC_KINDS if kind in by_kind)
    return label, ours == theirs, parts if ours == theirs else f"ours {ours:,}, PyTorch {theirs:,} FLOPs ({parts})"


def _outputs(model: Model, counted: OpCounts) -> tuple[str, bool | None, str]:
    """Logits of shape (batch, classes), or one such tensor per exit."""
    from effbench.counting.counters.networks import logits_of, network_and_image

    shapes = [tuple(getattr(logits, "shape", ())) for logits in logits_of(*network_and_image(model, "meta"))]
    wanted = (1, model.spec.num_classes)
    return "gives logits (batch, classes)", all(shape == wanted for shape in shapes), f"{shapes}"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def _row(check: str, ok: bool | None, detail: str) -> Row:
    return {"check": check, "ok": ok, "detail": detail}
