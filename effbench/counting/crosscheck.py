"""One model by its formula, by our counter and by every other tool, with the differences explained."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effbench.cost.convention import Convention
from effbench.counting.by_tool import COUNTERS, DEVICES, CountRow, tool_count_of
from effbench.counting.difference import difference
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError
from effbench.models.inputs import Input, Side
from effbench.models.registry import Model, resolve

if TYPE_CHECKING:
    from effbench.counting.counters.dispatch import Run


@dataclass(frozen=True, kw_only=True)
class CrossRow:
    """One counter, or the formula, on one model, and how it differs from our count.

    Attributes:
        value: in ``unit``, as the counter reports it; None if it cannot run. params: as the counter or formula has it.
        expected: our count under the convention. verdict, why: what explains the difference, or why it did not run.
        uncounted: how many operators it leaves out, as far as it says so. tool: what another tool reports beside.
    """

    model: str
    size: Side
    counter: str
    device: str
    value: int | None = None
    unit: str | None = None
    params: int | None = None
    expected: int = 0
    verdict: str = "did not run"
    why: str = ""
    uncounted: int = 0
    tool: CountRow | None = None

    def plain(self) -> dict[str, object]:
        """Name -> value; a tool that did not run has a reason in the place of a count."""
        row = {name: value for name, value in vars(self).items() if name != "tool"}
        if self.tool is not None:
            return self.tool.plain() | {name: row[name] for name in ("expected", "verdict", "why")}
        if self.value is None:
            where = {name: row[name] for name in ("model", "size", "counter", "device")}
            return {**where, "reason": self.why, "value": None, **{n: row[n] for n in ("expected", "verdict", "why")}}
        return row


def crosscheck(
    names: Sequence[str], size: Side | None, convention: Convention, inputs: Sequence[Input] = ()
) -> list[CrossRow]:
    """Formula, our counter and every other tool on each model, and why they differ.

    A tool that cannot run is a row with its reason and no value.
    """
    return [row for name in names for row in _crosschecked(resolve(name, size, inputs), convention)]


def _crosschecked(model: Model, convention: Convention) -> Iterator[CrossRow]:
    found = counted_network(model)
    counts, expected = found.forward, int(convention.total(found.forward))
    for row in _reports(model, found, convention):
        if row.value is None or row.unit is None:
            yield dataclasses.replace(row, expected=expected)
        elif (row.value, row.unit) == (expected, convention.unit):
            yield dataclasses.replace(row, expected=expected, verdict="equal")
        else:
            apart = difference(row.value, row.unit, counts, convention, row.counter)
            yield dataclasses.replace(row, expected=expected, verdict=apart.verdict, why=apart.why)


def _reports(model: Model, run: Run, convention: Convention) -> Iterator[CrossRow]:
    """What the formula, our counter and the tools say, not yet compared."""
    name, size = model.name, model.size
    ours = {"formula": ("-", model.cost(), 0)} if model.has_formula else {}
    ours |= {"dispatch": (run.device, run.forward, len(run.uncounted))}
    for counter, (device, found, uncounted) in ours.items():
        value, params = int(convention.total(found)), int(found.params)
        row = CrossRow(model=name, size=size, counter=counter, device=device, uncounted=uncounted)
        yield dataclasses.replace(row, value=value, unit=convention.unit, params=params)
    for counter in COUNTERS[1:]:
        row = CrossRow(model=name, size=size, counter=counter, device=DEVICES[counter])
        try:
            tool = tool_count_of(model, counter)
            row = dataclasses.replace(row, device=tool.device, uncounted=len(tool.uncounted))
            yield dataclasses.replace(row, value=tool.value, unit=tool.unit, params=tool.params, tool=tool)
        except EffbenchError as error:
            yield dataclasses.replace(row, why=str(error))
