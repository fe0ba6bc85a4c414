"""The learning rate at every step, as a share of its peak. No torch."""

from __future__ import annotations

from math import cos, pi

from effbench.training.loop.recipe import Schedule


def share(schedule: Schedule, step: int, steps: int, per_epoch: int) -> float:
    """What the peak learning rate is multiplied by at a step.

    Linear warm-up: step s of w, from 0, gets (s + 1) / w. After it the cosine falls from 1 at step w to ``final`` at
    step ``steps``, which is never made (Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5, without restarts).

    Args:
        step: from 0. steps: of the whole training. per_epoch: of one epoch, in which the warm-up is given.
    """
    warm = round(schedule.warmup * per_epoch)
    if step < warm:
        return (step + 1) / warm
    if schedule.name == "constant":
        return 1.0
    done = (step - warm) / (steps - warm)
    return schedule.final + (1 - schedule.final) * (1 + cos(pi * done)) / 2
