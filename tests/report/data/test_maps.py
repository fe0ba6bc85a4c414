from __future__ import annotations

from effbench.cost.convention import convention, conventions
from effbench.counting.operations import operations
from effbench.report.data.maps import map_rows


def test_every_cell_costs_what_its_model_does() -> None:
    maps = {one["dataset"]: one for one in map_rows()}
    assert set(maps) == {"cifar10", "tiny-imagenet", "imagenet"}
    for one in maps.values():
        assert set(one["values"]) == set(conventions())
        name = one["names"][3][2]
        for under in ("macs", "ravit", "fvcore"):
            assert one["values"][under][3][2] == convention(under).total(operations(name).counts)


def test_where_there_is_no_layer_there_is_no_model() -> None:
    cifar10 = next(one for one in map_rows() if one["dataset"] == "cifar10")
    assert cifar10["names"][0][0] is None
