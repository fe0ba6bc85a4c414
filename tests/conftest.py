"""What all tests share: a cache of their own, and model files as users write them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from effbench import registry
from effbench.operations import operations

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):  # the same examples in every run of one revision; at home new ones are tried each time
    settings.load_profile("ci")

MODEL_FILE = """
from effbench.cost import ops
from effbench.registry import Family, register
from effbench.spec import Spec


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


@pytest.fixture
def model_file(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """``model_file()``: a file that registers ``toy``, one linear layer on images of 3 · 8 · 8 = 192 values, 5 classes.

    Its formula is right unless ``cost`` is given; ``forward`` and ``building`` are lines of code, ``text`` is a whole
    other file. What the files register is forgotten in the end.
    """
    known, modules = dict(registry.entries()), set(sys.modules)

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
        return tmp_path / name

    yield write
    registry._entries.clear()
    registry._entries.update(known)
    registry._names_in.cache_clear()
    operations.cache_clear()
    for module in set(sys.modules) - modules:
        if module.startswith("effbench_user_"):
            del sys.modules[module]
