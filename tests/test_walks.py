"""Two walks through the house: the calls between its rooms are recorded, and none runs upward.

The import contracts see what modules name; these see what functions call. A function or an object that a room was
handed from above (a column's accessor, a block of a network) may be called: its name is not in the caller's code.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

from effbench.cli import main
from effbench.report.data.trained import trained_rows

RECIPE = """
source = "a test"
model = "ravit_cifar10:1-1,width=8,num_heads=2"
[data]
name = "digits"
size = 16
batch = 256
[training]
epochs = 1
"""

ROOT = Path(__file__).parents[1]


def floors() -> dict[str, int]:
    """Room -> its floor, 0 at the top, by the contract that orders them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(
        contract["layers"] for contract in contracts if contract["type"] == "layers" and contract.get("exhaustive")
    )
    return {room.strip(): floor for floor, layer in enumerate(layers) for room in layer.split("|")}


FLOORS = floors()


def room(frame: FrameType | None) -> str | None:
    """The room whose code runs in the frame."""
    name = "" if frame is None else frame.f_globals.get("__name__", "")
    parts = name.split(".")
    return parts[1] if parts[0] == "effbench" and len(parts) > 1 and parts[1] in FLOORS else None


class Call(NamedTuple):
    """Attributes: caller, called: rooms. function: that was called. named: the caller's code has the function's name,
    so that it was not a function or an object that was handed down to it.
    """

    caller: str
    called: str
    function: str
    named: bool


def recorded(walk: Callable[[], object]) -> set[Call]:
    """Every call between two rooms; other people's code in between is passed over."""
    calls = set()

    def look(frame: FrameType, event: str, _: object) -> None:
        called = room(frame) if event == "call" else None
        if called is None or frame.f_code.co_name == "<module>":
            return
        caller = frame.f_back
        while caller is not None and room(caller) is None:
            caller = caller.f_back
        above = room(caller)
        if above is not None and above != called:
            named = frame.f_code.co_name in caller.f_code.co_names
            calls.add(Call(above, called, frame.f_code.co_qualname, named))

    sys.setprofile(look)
    try:
        walk()
    finally:
        sys.setprofile(None)
    return calls


def upward(calls: set[Call]) -> list[Call]:
    """The calls that run upward, or between strangers on one floor."""
    return sorted(call for call in calls if call.named and FLOORS[call.called] <= FLOORS[call.caller])


def test_explain_walks_downward(capsys):
    calls = recorded(lambda: main(["explain", "ci2p_vit", "--value", "8.477G", "--size", "256"]))
    assert "8.477" in capsys.readouterr().out
    assert {"claims", "counting", "models", "cost", "render"} <= {call.called for call in calls}
    assert upward(calls) == []


def test_a_training_walks_downward_to_its_map_and_to_the_report(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    pytest.importorskip("timm")
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(RECIPE)
    store = tmp_path / "reports" / "sweeps" / "digits"

    def walk() -> None:
        assert main(["train", "small.toml", "--device", "cpu", "--out", str(store)]) == 0
        assert main(["heatmap", "--dataset", "digits", "--metric", "accuracy", "--store", str(store)]) == 0
        (row,) = trained_rows(tmp_path)
        assert row.plain()["model"] == "ravit_cifar10:1-1,width=8,num_heads=2"

    calls = recorded(walk)
    assert "FLOPs" in capsys.readouterr().out
    assert {"training", "models", "files", "maps", "cost"} <= {call.called for call in calls}
    assert "training" in {call.called for call in calls if call.caller == "report"}
    assert upward(calls) == []


def test_a_call_that_runs_upward_is_seen():
    source = "def below():\n    from effbench.cli.parser import fraction\n    return fraction('2%')"
    names = {"__name__": "effbench.stats.made_up"}
    exec(source, names)
    assert upward(recorded(names["below"])) == [Call("stats", "cli", "fraction", True)]
