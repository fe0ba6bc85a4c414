from __future__ import annotations

from effbench.cost.convention import convention, conventions
from effbench.counting.operations import operations
from effbench.render.plain import plain
from effbench.report.data.maps import map_rows


def test_every_cell_costs_what_its_model_does() -> None:
    maps = {one["dataset"]: one for one in map(plain, map_rows())}
    assert set(maps) == {"cifar10", "tiny-imagenet", "imagenet"}
    for one in maps.values():
        assert set(one["values"]) == set(conventions())
        name = one["names"][3][2]
        for under in ("macs", "ravit", "fvcore"):
            assert one["values"][under][3][2] == convention(under).total(operations(name).counts)


def test_where_there_is_no_layer_there_is_no_model() -> None:
    cifar10, tiny, _ = map(plain, map_rows())
    assert cifar10["names"][0][0] is None
    assert (tiny["names"][0][0], tiny["fixed"]) == ("ravit_tiny_imagenet:0-0-3", {"3": 3})
