"""Is a training faster in bf16 here? A few steps of both, by turns; and recipes whose precision is ``auto``, settled.

As a program: a JSON job (``loop.job``, without a folder) on standard input is answered by ``Choice`` on standard
output.
"""

from __future__ import annotations

from pathlib import Path

import torch

from effbench.training.data.opening import open_part
from effbench.training.loop.choice import AUTO, Choice, kept_or
from effbench.training.loop.device import find_device
from effbench.training.loop.distributed import ALONE, Team
from effbench.training.loop.job import Job
from effbench.training.loop.probe import by_turns, serve, turn_of
from effbench.training.loop.random_state import random_state_kept
from effbench.training.loop.recipe import Recipe


def settled(
    recipe: Recipe, seed: int, folder: Path, *, root: Path | None = None, device: str = "cpu", team: Team = ALONE
) -> Recipe:
    """The recipe in bf16 or fp32, if it leaves that open: as the folder of its runs says, or by measurement.

    Of a team the process of rank 0 measures, alone, and the others do as it says.

    Raises:
        EffbenchError: it cannot be trained, or the choice cannot be kept.
    """
    if recipe.training.precision != AUTO:
        return recipe
    bf16 = False
    if team.rank == 0:
        job = Job.of(recipe, seed, root, device)
        bf16 = kept_or(folder, lambda: measured(job)).precision == "bf16"
    chosen = team.total(torch.tensor(float(bf16), device=find_device(device)))
    return recipe.at_precision("bf16" if chosen else "fp32")


def measured(job: Job) -> Choice:
    """Both, alternating; nothing is kept of what was trained.

    Raises:
        EffbenchError: a recipe that cannot be trained, or data that is not there.
    """
    place = find_device(job.device)
    if place.type == "cuda" and not torch.cuda.is_bf16_supported():
        return Choice(precision="fp32", fp32=None, bf16=None, why="this GPU has no bf16")
    with random_state_kept():
        root = None if job.root is None else Path(job.root)
        source = open_part(job.recipe.data, "train", root=root, device=place, seed=job.seed)
        turns = [turn_of(job.recipe.at_precision(name), job.seed, source, place) for name in ("fp32", "bf16")]
        return Choice.of(*by_turns(turns, place))


if __name__ == "__main__":
    raise SystemExit(serve(measured))
