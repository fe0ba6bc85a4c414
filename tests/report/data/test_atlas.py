from __future__ import annotations

import pytest

from effbench.report.data.atlas import atlas
from effbench.selection.budget import Budget
from effbench.selection.zoo import search


def test_every_column_has_every_network() -> None:
    found = atlas()
    columns = [found.models, found.sizes, found.top1, found.macs, found.params]
    columns += [column for one in found.machines for column in (one.rates, one.factors, one.measured)]
    assert {len(column) for column in columns} == {len(search(Budget()).rows)}
    assert found.first in [one.name for one in found.machines]


def test_rows_are_those_of_the_command() -> None:
    found = atlas()
    machine = next(one for one in found.machines if one.name == found.first)
    for place in (0, 700, -1):
        row = search(Budget(), machine.setting).rows[place]
        assert (found.models[place], found.macs[place], found.params[place]) == (row.model, row.macs, row.params)
        assert machine.rates[place] == pytest.approx(row.images_per_s, rel=1e-3)
        assert machine.rates[place] * machine.factors[place] == pytest.approx(row.high, rel=0.01)
