"""Only a whole and consistent set of variables makes a process one of several."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError
from effbench.training.loop.rank import Rank, ignored, rank_of

TORCHRUN = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}


def test_what_torchrun_and_our_own_launch_set():
    assert rank_of(TORCHRUN) == Rank(rank=1, world=2, local=1)
    assert rank_of({"RANK": "0", "WORLD_SIZE": "3", "EFFBENCH_STORE": "127.0.0.1:1"}) == Rank(0, 3, None)
    assert ignored(TORCHRUN) == ""


@pytest.mark.parametrize("left_out", ["RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"])
def test_one_that_lacks_a_variable_is_on_its_own(left_out: str):
    some = {name: value for name, value in TORCHRUN.items() if name != left_out}
    assert rank_of(some) is None
    assert f"without {left_out} this process" in ignored(some)
    assert rank_of({**TORCHRUN, left_out: ""}) is None


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ({"RANK": "1"}, "RANK in the environment ignored: without WORLD_SIZE, MASTER_ADDR, MASTER_PORT this process"),
        ({"WORLD_SIZE": "what"}, "WORLD_SIZE in the environment ignored: without RANK, MASTER_ADDR, MASTER_PORT this"),
        ({"RANK": "3", "WORLD_SIZE": "4"}, "RANK and WORLD_SIZE in the environment ignored: without MASTER_ADDR, MAS"),
        ({"LOCAL_RANK": "1", "SLURM_PROCID": "1", "SLURM_NTASKS": "2", "OMPI_COMM_WORLD_RANK": "1"}, ""),
        ({"MASTER_ADDR": "localhost", "MASTER_PORT": "1"}, ""),
        ({}, ""),
    ],
)
def test_stray_variables_are_told_and_ignored(shell: dict[str, str], line: str):
    assert rank_of(shell) is None
    assert ignored(shell).startswith(line)
    assert bool(ignored(shell)) == bool(line)


def test_a_team_of_one_is_none():
    assert rank_of({**TORCHRUN, "RANK": "0", "WORLD_SIZE": "1"}) is None
    assert ignored({**TORCHRUN, "RANK": "0", "WORLD_SIZE": "1"}) == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"RANK": "2"}, "RANK=2 and WORLD_SIZE=2 in the environment contradict each other"),
        ({"RANK": "-1"}, "RANK='-1' in the environment is no whole number"),
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE='two' in the environment is no whole number"),
        ({"LOCAL_RANK": "²"}, "LOCAL_RANK='²' in the environment is no whole number"),
    ],
)
def test_a_whole_set_that_contradicts_itself_is_refused(wrong: dict[str, str], said: str):
    with pytest.raises(EffbenchError, match=said):
        rank_of({**TORCHRUN, **wrong})
