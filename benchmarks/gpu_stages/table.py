"""Stage ``table``: Table I of the RAViT paper with as many epochs as there is time for, then seeds, then the map.

The number of epochs is the largest of ``--epochs`` at which one seed of all rows fits into the time that is left, by
what stage ``step`` measured. Results are lines of a store (``training.sweep.store``). Trainings longer than the
recipe's look at the test images every tenth epoch, as those of 400 epochs in ``experiments/ravit_cifar10.toml`` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import changed, read_table
from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.place import price
from effbench.training.sweep.plan import Sweep, Trial, plan
from effbench.training.sweep.program import PROGRAMS, Program, change
from effbench.training.sweep.runner import Schedule
from effbench.training.sweep.store import Store

from . import step
from .choice import MARGIN, Choice, chosen, every_of
from .pace import Pace
from .records import Found, NotDone, Records, Setting
from .strips import cifar10_root, make_strips

STAGE = "table"
MAP = step.RECIPES / "ravit_cifar10_short.toml"
SEEDS = (0, 1, 2)
PARALLEL = 12
"""Trainings of the map at a time."""


def run(setting: Setting, records: Records) -> None:
    """Data, Table I, more seeds, the map."""
    root = _root(setting, records)
    choice, short = _choice(setting, records), ""
    todo = [seed for seed in (SEEDS[:1] if setting.smoke else SEEDS) if not records.ended(STAGE, _unit(seed))]
    while todo and not short:
        short = _too_short(setting, choice, todo[0])
        if not short:
            _table(setting, records, root, choice, todo[: choice.at_once])
            todo = todo[choice.at_once :]
    _map(setting, records, root)
    if short:
        raise NotDone(short)


def sweep_of(setting: Setting, path: Path, *, epochs: int | None = None, seeds: Sequence[int]) -> Sweep:
    """The sweep of a recipe file with other epochs; of a smoke run, tiny cells on generated images."""
    table = read_table(path)
    own, name = table["training"]["epochs"], path.stem
    if epochs is not None and epochs != own:
        name += f"_{epochs}_epochs"
        table = changed(table, [f"training.epochs={epochs}", f"training.evaluate_every={every_of(epochs, own)}"])
    if not setting.smoke:
        return plan(table, name, seeds=seeds)
    name = f"smoke_{name}"
    table = changed(table, ["data.name=generated", "training.epochs=1"])
    found = plan(table, name, seeds=seeds, limit=2)
    return replace(found, trials=tuple(replace(t, recipe=_smoke(t.recipe)) for t in found.trials))


def _smoke(recipe: Recipe) -> Recipe:
    return replace(step.tiny(recipe), source=f"smoke run, proves nothing: {recipe.source}")


def _unit(seed: int) -> str:
    return f"Table I, seed {seed}"


def _root(setting: Setting, records: Records) -> Path | None:
    """The data set; a smoke run reads made-up strips, and trains on generated images."""
    if setting.smoke:
        records.unit(STAGE, "strips", lambda: _strips_read(setting))
        return None
    try:
        root = cifar10_root(setting.data, setting.work)
    except EffbenchError as error:
        raise NotDone(str(error)) from None
    records.unit(STAGE, "data", lambda: Found("CIFAR-10 is complete", {}))
    return root


def _strips_read(setting: Setting) -> Found:
    """Strips that arrive in two parts."""
    counts = {"train": 5, "test": 1}
    parts, cache = setting.work / "strips-made", setting.work / "strips-smoke"
    make_strips(parts, counts)
    half = setting.work / "strips-half"
    half.mkdir(exist_ok=True)
    (parts / "train-003.webp").replace(half / "train-003.webp")
    try:
        cifar10_root([parts], cache, counts)
        raise AssertionError("an incomplete data set was taken for a whole one")
    except EffbenchError as error:
        said = str(error)
    unpack_root = cifar10_root([half], cache, counts)
    return Found("strips given in two parts were unpacked", {"first": said, "folder": unpack_root.name})


def _choice(setting: Setting, records: Records) -> Choice:
    """As it was made for the first seed; made now if none is there."""
    former = records.data(STAGE, _unit(SEEDS[0]))
    if former is not None:
        return Choice(**former["choice"])
    own = read_table(step.TABLE)["training"]["epochs"]
    timed: dict[tuple[str, int], Sequence[Pace]] = {}
    for program in ("separate", "compiled"):
        for seeds in (1, len(SEEDS)):
            found = records.data(step.STAGE, step.rows_at_once(program, seeds))
            if found is not None:
                timed[program, seeds] = [Pace(**pace) for pace in found["paces"]]
    made = chosen(timed, setting.epochs, own, setting.left, len(SEEDS))
    print(f"{STAGE}: {made.why}; {made.program}, seeds at once: {made.at_once}", flush=True)
    return made


def _too_short(setting: Setting, choice: Choice, seed: int) -> str:
    """Why a further seed is not begun now; the first one is always tried."""
    if seed == SEEDS[0] or choice.seconds is None or MARGIN * choice.seconds <= setting.left:
        return ""
    return f"{_unit(seed)} needs about {choice.seconds:.0f} s, {setting.left:.0f} s are left"


def _table(setting: Setting, records: Records, root: Path | None, choice: Choice, seeds: Sequence[int]) -> None:
    """All rows with these seeds at the same time."""
    sweep = sweep_of(setting, step.TABLE, epochs=choice.epochs, seeds=seeds)

    def trained(seed: int) -> Found:
        _train(setting, sweep, root, choice.program, len(sweep.trials))
        return _results(setting, sweep, seed, {"choice": vars(choice)})

    for seed in seeds:
        records.unit(STAGE, _unit(seed), partial(trained, seed))


def _map(setting: Setting, records: Records, root: Path | None) -> None:
    """Cells of the map, the cheapest first, until the time is up."""
    sweep = sweep_of(setting, MAP, seeds=(0,))
    rates = [(records.data(step.STAGE, step.rows_at_once(p, 1)) or {}).get("images_per_s", 0.0) for p in PROGRAMS]
    program = PROGRAMS[rates.index(max(rates))]

    def trained() -> Found:
        _train(setting, sweep, root, program, min(PARALLEL, len(sweep.trials)))
        return _results(setting, sweep, 0, {})

    records.unit(STAGE, "map", trained)


def _train(setting: Setting, sweep: Sweep, root: Path | None, program: str, jobs: int) -> None:
    """Train what is not in the store yet; every result is added to it as it comes."""
    folder = setting.work / "sweeps" / sweep.name
    keys = {trial.key for trial in sweep.trials}
    _copy(Store(setting.store), Store(folder), keys)
    jobs = jobs if setting.device == "cuda" else 1
    schedule = Schedule(
        sweep,
        folder,
        LocalExecutor(step.slots(setting, root, jobs)),
        root=root,
        device=setting.device,
        cost=price,
        change=change(Program(sweep=sweep.name, name=program, why="")),
        progress=lambda now: _told(setting, folder, keys, f"{now.done} of {now.total}: {now.what}"),
    )
    schedule.run()
    _copy(Store(folder), Store(setting.store), keys)


def _told(setting: Setting, folder: Path, keys: Iterable[str], says: str) -> None:
    _copy(Store(folder), Store(setting.store), keys)
    print(f"{STAGE}: {says}; {setting.left:.0f} s left", flush=True)


def _copy(source: Store, target: Store, keys: Iterable[str]) -> None:
    """Add what one store has of the trainings to another, once."""
    there, known = source.found(), target.found()
    for key in keys:
        if key in there and key not in known:
            target.add(there[key].outcome, there[key].cell, there[key].experiment)


def _results(setting: Setting, sweep: Sweep, seed: int, data: dict[str, Any]) -> Found:
    """What the trainings of a seed got, read from the store."""
    found = Store(setting.store).found()
    trials: list[Trial] = [trial for trial in sweep.trials if trial.seed == seed]
    outcomes = [found[trial.key].outcome for trial in trials]
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        raise EffbenchError(f"{len(failed)} of {len(trials)} trainings failed, {failed[0].model}: {failed[0].reason}")
    best = [f"{o.model} {100 * o.exits[-1].accuracy:.2f} %" for o in outcomes]
    return Found(", ".join(best[:4]) + ("" if len(best) <= 4 else f" and {len(best) - 4} more"), data)
