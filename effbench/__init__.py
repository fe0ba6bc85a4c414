"""effbench: what a vision transformer really costs, and whether published efficiency claims hold.

The rooms, from the top down; a room imports from those below it, and features beside each other import nothing from
one another:

cli         one module per command
api         what Python offers: count, compare, explain, formula, profile
report      everything at once: figures and the page
deploy      any network as one ONNX file, run and counted before it is there
selection   the most accurate networks within budgets of cost and time
claims      what papers printed, as data; audit, verdicts, tables
maps        layer counts against FLOPs, accuracy and latency
gate        regression verdicts: exact counts, and timings of two revisions that alternate
early_exit  policies, thresholds with a guarantee, the engine
prediction  the time of a network on a machine, from what it computes and moves, with an interval
profiling   time, memory and energy of networks: steady states, turns in lock-step; ratios, rooflines
training    data sets, the training loop, sweeps and their stores
counting    operations of any model: counters, closed forms, other tools, the atlas
models      specifications, registry, plug-ins, networks
processes   workers that are asked line by line, pools of them, and the conditions they ran under
stats       intervals, scores, figures as they are printed
render      tables that fit, numbers, charts, progress
cost        operations as pure functions of shapes, and the conventions that price them
files       files that are written whole or not at all, journals, the cache, the standard streams
errors      what a user can put right

``models.networks``, ``counting.counters``, ``profiling.worker``, ``training.loop``, ``training.data`` and parts of
``early_exit`` import torch when they are imported; everything else does so inside functions, if at all.
"""

from typing import TYPE_CHECKING

from effbench.files.former_names import install

if TYPE_CHECKING:  # loaded when they are first used, below; a checker sees what they take and give
    from effbench.api.closed_form import formula
    from effbench.api.comparison import compare
    from effbench.api.counted import count
    from effbench.api.explained import conventions, explain, price
    from effbench.api.mapped import layer_map
    from effbench.api.predicted import predict
    from effbench.api.searched import search
    from effbench.api.timed import profile
    from effbench.errors import EffbenchError

__version__ = "0.2.0"

__all__ = [
    "count",
    "compare",
    "explain",
    "formula",
    "conventions",
    "price",
    "profile",
    "predict",
    "search",
    "layer_map",
    "EffbenchError",
    "__version__",
]

_HOMES = {
    "count": "effbench.api.counted",
    "compare": "effbench.api.comparison",
    "explain": "effbench.api.explained",
    "formula": "effbench.api.closed_form",
    "conventions": "effbench.api.explained",
    "price": "effbench.api.explained",
    "profile": "effbench.api.timed",
    "predict": "effbench.api.predicted",
    "search": "effbench.api.searched",
    "layer_map": "effbench.api.mapped",
    "EffbenchError": "effbench.errors",
}
"""Public name -> the module that has it, loaded when the name is first used."""

install()


def _load(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'effbench' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


if not TYPE_CHECKING:
    __getattr__ = _load


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
