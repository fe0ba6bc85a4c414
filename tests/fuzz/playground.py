"""The folder in which cases run: files that examples name, so that what is wrong with a line is its one fault."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from effbench.early_exit.policy import never

ROOT = Path(__file__).resolve().parents[2]

MODEL = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, depth=1):
        super().__init__()
        self.head = nn.Sequential(*(nn.Linear(8, 8) for _ in range(depth)))
    def forward(self, x, **more):
        return self.head(x[..., :8].float())
net = Net
"""

REGISTERED = """
from effbench.cost import ops
from effbench.models.registry import Family, register
from effbench.models.spec import Spec
def build(spec):
    from torch import nn
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
family = Family(name="mine", source="a test", build=build, cost=lambda spec: ops.linear(1, 192, 5).at("1"))
register(family, {"my_model": Spec(image_size=8, num_classes=5)})
"""

FILES = {
    "plain.txt": "a text\n",
    "net.py": MODEL,
    "my_model.py": REGISTERED,
    "broken.py": "def (",
    "raises.py": "class No(BaseException):\n    pass\nraise No('\x1b[31mno')\n",
    "exits.py": "raise SystemExit(0)\n",
    "nothing.py": "",
    "endless.py": "raise RecursionError('x' * 3000)\n",
    "README.md": "| model | params |\n|---|---|\n| resnet50 | 25.6M |\n",
    "results.csv": "model,params (M)\nresnet50,25.6\nOurs,22.1\n",
    "paper.tex": "\\begin{tabular}{lr}Model & Params (M)\\\\ ResNet-50 & 25.6\\\\\\end{tabular}\n",
    "names.toml": '"Ours" = "timm/vit_small_patch16_224"\n',
}


def make(folder: Path) -> None:
    """Put all of them into the folder, which is a git repository with one revision, ``main``."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "folder").mkdir()
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    shutil.copytree(ROOT / "baselines", folder / "baselines")
    (folder / "policy.json").write_text(never("entropy", 2).as_json())
    for name in ("test.npz", "calibration.npz", "all.npz"):
        predictions(folder / name)
    for name in ("base.json", "head.json", *(f"{side}{n}.json" for side in "ab" for n in (1, 2, 3))):
        (folder / name).write_text(json.dumps(pytest_benchmark()))
    for words in ("init -q -b main", "add plain.txt", "-c user.name=a -c user.email=a@b commit -qm first"):
        subprocess.run(["git", *words.split()], cwd=folder, check=True)


def predictions(path: Path, images: int = 40) -> None:
    """Logits of two exits and three classes."""
    import numpy as np

    draw = np.random.default_rng(0)
    labels = draw.integers(0, 3, images)
    logits = draw.normal(size=(images, 2, 3)) + 2 * np.eye(3)[labels][:, None]
    np.savez(path, logits=logits.astype(np.float32), labels=labels)


def pytest_benchmark() -> dict[str, object]:
    """A run of pytest-benchmark with one test."""
    data = [0.001 * (1 + n / 100) for n in range(10)]
    stats = {"data": data, "rounds": 10, "iterations": 1, "min": min(data), "max": max(data), "median": data[5]}
    one = {"fullname": "test_a.py::test_a", "name": "test_a", "stats": stats, "extra_info": {}, "options": {}}
    return {"machine_info": {"node": "a", "cpu": {}}, "commit_info": {}, "benchmarks": [one], "version": "5.0.0"}
