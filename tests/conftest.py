"""What all tests share: a cache of their own, model files as users write them, and workers that follow a script."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from effbench.counting.operations import operations
from effbench.files import journal
from effbench.models import plugins, registry
from effbench.profiling.worker.job import Job
from effbench.render import progress
from effbench.training.data.recipe import DataRecipe
from effbench.training.loop.outcome import ExitMetrics, Outcome
from effbench.training.loop.recipe import Recipe, Training

settings.register_profile("ci", derandomize=True, deadline=None)  # no clock decides there
if os.environ.get("CI"):  # the same examples in every run of one revision; at home new ones are tried each time
    settings.load_profile("ci")

MODEL_FILE = """
from effbench.cost import ops
from effbench.models.registry import Family, register
from effbench.models.spec import Spec


def build(spec):
    import torch
    from torch import nn

    {building}

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(192, 5)

        def forward(self, x):
            {forward}

    return Net()


register(Family(name="toy", source="a test", build=build, cost={cost}), {models})
"""

RIGHT = "lambda spec: ops.linear(1, 192, 5).at('head')"
TOY = "{'toy': Spec(image_size=8, num_classes=5)}"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Counts are kept in a temporary folder, by this process and those it starts: never in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EFFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module", autouse=True)
def nothing_stays_registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tests of a file register, and import from temporary files, is not known to those of the next."""
    known, modules = dict(registry.entries()), set(sys.modules)
    yield
    if dict(registry.entries()) != known:
        registry._entries.clear()
        registry._entries.update(known)
        registry._run_once.cache_clear()
        operations.cache_clear()
    made = tmp_path_factory.getbasetemp()
    for name in set(sys.modules) - modules:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(made):
            del sys.modules[name]


@pytest.fixture(scope="session", autouse=True)
def no_lines_of_progress() -> Iterator[None]:
    """However long a command takes here, standard error is what it says of itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "EVERY", float("inf"))
        yield


@pytest.fixture
def model_file(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """``model_file()``: a file that registers ``toy``, one linear layer on images of 3 · 8 · 8 = 192 values, 5 classes.

    Its formula is right unless ``cost`` is given; ``forward`` and ``building`` are lines of code, ``text`` is a whole
    other file. What the files register is forgotten in the end.
    """
    known, modules, allowed = dict(registry.entries()), set(sys.modules), set(plugins._files)

    def write(
        text: str = MODEL_FILE,
        *,
        name: str = "my_model.py",
        building: str = "pass",
        forward: str = "return self.head(x.flatten(1))",
        cost: str = RIGHT,
        models: str = TOY,
    ) -> Path:
        parts = {"building": building, "forward": forward, "cost": cost, "models": models}
        (tmp_path / name).write_text(text.format(**parts) if text is MODEL_FILE else text, encoding="utf-8")
        plugins.allow(str(tmp_path / name))  # outside of commands, which begin with nothing allowed
        return tmp_path / name

    yield write
    registry._entries.clear()
    registry._entries.update(known)
    registry._run_once.cache_clear()
    plugins._files = allowed
    operations.cache_clear()
    for module in set(sys.modules) - modules:
        if module.startswith("effbench_user_"):
            del sys.modules[module]


class ScriptedWorker:
    """Stands in for ``NetworkWorker``: its clocks are read off the script of its bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._sent: dict[str, Any] = {}

    def load(self, key: str, job: Job, limit: float = 0.0) -> dict[str, Any]:
        self._job = job
        self._bench.loaded.append(job)
        self._meet("load")
        return {"params": 7, "size": job.size or 32, "first": self._step()}

    def turn(self, key: str, steps: int, limit: float) -> dict[str, list[int]]:
        self._bench.turns.append((self._job.model, steps))
        self._meet("turn")
        taken = [self._step() for _ in range(steps)]
        return {clock: [one[clock] for one in taken] for clock in taken[0]}

    def ask(self, request: dict[str, Any], limit: float) -> dict[str, Any]:
        self._meet(request["do"])
        return self._bench.answers[request["do"]]

    def send(self, request: dict[str, Any]) -> None:
        self._sent = request

    def reply(self, limit: float) -> dict[str, Any]:
        return self.load(self._sent["key"], Job(**self._sent["job"]), limit)

    def __enter__(self) -> ScriptedWorker:
        self._bench.open += 1
        return self

    def __exit__(self, *error: object) -> None:
        self._bench.open -= 1

    def _step(self) -> dict[str, int]:
        script = self._bench.steps[self._job.model]
        return dict(script if isinstance(script, dict) else next(script))

    def _meet(self, what: str) -> None:
        """Raise what the script has for this request of this model, one entry a time; None passes."""
        waiting = self._bench.failures.get((self._job.model, what))
        error = waiting.pop(0) if waiting else None
        if error is not None:
            raise error


class Bench:
    """The script of all workers, and what was asked of them.

    Attributes:
        steps: model -> clocks of a step in nanoseconds, or an iterator of such.
        failures: (model, request) -> what is raised each time, None for nothing.
        answers: of the instruments. loaded: jobs in order. turns: (model, steps) in order. open: processes now open.
    """

    def __init__(self) -> None:
        self.steps: dict[str, Any] = {}
        self.failures: dict[tuple[str, str], list[BaseException | None]] = {}
        self.answers: dict[str, dict[str, Any]] = {
            "memory": {"bytes": 4096, "total": 8192, "how": "a script"},
            "energy": {"unavailable": "no counter"},
            "state": {"unavailable": "no GPU"},
            "imported": {"files": {}, "packages": {}},
        }
        self.loaded: list[Job] = []
        self.turns: list[tuple[str, int]] = []
        self.open = 0

    def worker(self, *given: Any, **named: Any) -> ScriptedWorker:
        """In place of ``NetworkWorker(…)``."""
        return ScriptedWorker(self)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Every worker that ``effbench profile`` starts is scripted: no process, no torch, no time."""
    made = Bench()
    monkeypatch.setattr("effbench.profiling.rows.NetworkWorker", made.worker)
    return made


@pytest.fixture
def trained_store(tmp_path: Path) -> Callable[..., Path]:
    """``trained_store({"1-3": [90, None]})``: runs of RAViTs added to ``results.jsonl`` of the temporary folder.

    Layer counts -> test images of 100 that each seed got right at its last exit; None is a failed run. An exit before
    the last is right 10 times less for every exit that follows. ``model`` has {} where the layers go.
    """

    def add(
        runs: Mapping[str, Sequence[int | None]],
        *,
        model: str = "ravit_cifar10:{},width=64",
        dataset: str = "textures",
        experiment: str = "a_sweep",
        epochs: int = 1,
        size: int = 32,
    ) -> Path:
        path = tmp_path / "results.jsonl"
        for layers, rights in runs.items():
            recipe = Recipe(
                name=experiment,
                source="a test",
                model=model.format(layers),
                data=DataRecipe(name=dataset, size=size),
                training=Training(epochs=epochs),
            )
            count = sum(part != "0" for part in layers.split("-"))
            for seed, right in enumerate(rights):
                exits = [] if right is None else [right - 10 * later for later in reversed(range(count))]
                outcome = Outcome(
                    key=recipe.key(seed),
                    name=experiment,
                    model=recipe.model,
                    seed=seed,
                    recipe=recipe.determining(),
                    status="failed" if right is None else "done",
                    reason="the loss is NaN" if right is None else "",
                    exits=tuple(ExitMetrics(images=100, top1=n, top5=99, nll=1.0, ece=0.1) for n in exits),
                )
                journal.append(path, outcome.as_entry() | {"cell": {}, "experiment": experiment})
        return path

    return add
