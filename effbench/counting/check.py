"""The checks that every registered model must pass, for any model: a user's file, a plugin, one of timm's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import MAC_KINDS, PARAM
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra, MissingPackage, first_line
from effbench.models.registry import Model

GIVES = "gives logits (batch, classes)"


@dataclass(frozen=True)
class Check:
    """One check of a model. Attributes: ok: None if it cannot be asked of this model. detail: what was found."""

    check: str
    ok: bool | None
    detail: str


def run_checks(model: Model, *, cpu: bool = False, encoder_weights: str | None = None) -> list[Check]:
    """The outcome of every check.

    Args:
        model: any registered model.
        cpu: also call the network on the CPU once.
        encoder_weights: file for the compression encoder of CI2P models; implies ``cpu``.

    Raises:
        MissingExtra, MissingPackage: torch, or a library that the network needs, is not installed. EffbenchError: the
            weights cannot be read or do not fit.
    """
    try:
        found = counted_network(model)
    except (MissingExtra, MissingPackage):
        raise
    except EffbenchError as error:
        return [Check("builds and runs", False, str(error))]
    unpriced = ", ".join(sorted({u.op for u in found.uncounted}))
    place = "the meta device" if found.device == "meta" else "the CPU"
    return [
        Check(f"builds and runs on {place}", True, f"{len(found.forward.items)} counts by module and kind"),
        Check("every operator has a price", not found.uncounted, unpriced),
        *_against_formula(model, found.forward),
        _against_torch(model, found.forward),
        _outputs(model, found.device),
        *([_on_cpu(model, encoder_weights)] if cpu or encoder_weights else []),
    ]


def _on_cpu(model: Model, encoder_weights: str | None) -> Check:
    """One forward pass with values: random weights, or those of a file where the model takes them."""
    from effbench.counting.counters.inputs import predictions
    from effbench.counting.counters.networks import all_finite, network_and_inputs, outputs_of

    label = "logits on the CPU are finite"
    options: dict[str, object] = {"encoder_weights": encoder_weights} if encoder_weights else {}
    network, inputs = network_and_inputs(model, "cpu", options=options)
    try:
        outputs = predictions(outputs_of(network, inputs))
    except Exception as error:  # the network's own code: any kind
        return Check(label, False, first_line(error))
    return Check(label, all_finite(outputs), encoder_weights or "random weights")


def _against_formula(model: Model, counted: OpCounts) -> Iterator[Check]:
    if not model.has_formula:
        yield Check("formula equals count", None, "no formula: costs are counted")
        return
    try:
        formula = {key: n for key, n in model.cost().items.items() if n}
    except Exception as error:  # a user's formula: any kind
        yield Check("formula equals count", False, f"the formula fails: {first_line(error)}")
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
        yield Check(label, not wrong, said + more)


def _against_torch(model: Model, counted: OpCounts) -> Check:
    """Convolutions and matrix products, against PyTorch's own counter."""
    from effbench.counting.by_tool import tool_count

    label = "multiply-accumulates equal PyTorch's FlopCounterMode"
    try:
        theirs = tool_count(model.name, None if model.inputs else model.spec.side, "torch", inputs=model.inputs).value
    except EffbenchError as error:
        return Check(label, None, str(error))
    ours = int(convention("flops").total(counted))
    by_kind = counted.by_kind()
    parts = ", ".join(f"{kind} {by_kind[kind]:,}" for kind in MAC_KINDS if kind in by_kind)
    differ = f"ours {ours:,}, PyTorch {theirs:,} FLOPs ({parts})"
    return Check(label, ours == theirs, parts if ours == theirs else differ)


def _outputs(model: Model, device: str) -> Check:
    """Logits of shape (batch, classes), or one such tensor per exit.

    Outputs with names, and those of a network whose number of classes nobody states, have logits where they are called
    so and have two dimensions; where they have none, nothing is wrong.
    """
    from effbench.counting.counters.inputs import predictions
    from effbench.counting.counters.networks import network_and_inputs, outputs_of

    outputs = outputs_of(*network_and_inputs(model, device))
    fields = outputs if isinstance(outputs, Mapping) else getattr(outputs, "__dict__", {})
    logits = getattr(fields.get("logits"), "shape", ())
    shapes = [tuple(one.shape) for one in predictions(outputs)]
    wanted = (model.batch, model.spec.num_classes)
    if len(logits) == 2 and model.states_classes:
        return Check(GIVES, tuple(logits) == wanted, f"{[tuple(logits)]}")
    if fields or not model.states_classes:
        return Check(GIVES, None, f"other outputs: {shapes}")
    return Check(GIVES, bool(shapes) and all(shape == wanted for shape in shapes), f"{shapes}")
