"""Commands that write, each with what must be there before it and how often it is killed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "experiments" / "digits"
SMALL = "vit_cifar10:1"
QUICK = "--batch 1 --rounds 1"

RECIPE = """
source = "a test"
model = "ravit_cifar10:{layers},width=8,num_heads=2"
data = {{ name = "digits", size = 16, batch = 256 }}
optimiser = {{ lr = 1e-2 }}
training = {{ epochs = 2 }}
"""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line that writes.

    Attributes:
        line: words. share: of the kills, relative to others. before: makes what it finds in its folder.
        grows: files of lines, of which none may be lost, once said to be written.
        measured: what it writes differs from run to run. light: it imports nothing that takes seconds.
        once: it refuses to do again what is done.
        warm: its cache is that of the undisturbed run, as many networks would be counted.
        shorter: ``module.NAME`` -> value of a constant that would make it last minutes.
    """

    line: str
    share: int
    before: Callable[[Path], None] = lambda folder: None
    grows: tuple[str, ...] = ()
    measured: bool = False
    light: bool = False
    once: bool = False
    warm: bool = False
    shorter: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The command, with its action."""
        words = self.line.split()
        return " ".join(words[: 2 if words[0] == "gate" else 1])


def _files(**contents: str) -> Callable[[Path], None]:
    """Writes files; ``__`` in a name stands for the point of its ending."""

    def make(folder: Path) -> None:
        for name, content in contents.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")

    return make


def _grid(folder: Path) -> None:
    text = RECIPE.format(layers="{b1}-1") + "sweep = { b1 = [1, 2] }\n"
    (folder / "grid.toml").write_text(text, encoding="utf-8")


def _snapshot(folder: Path) -> None:
    """A snapshot with another model's entry."""
    lines = (ROOT / "baselines" / "exact.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for number, line in enumerate(lines) if number == 0 or '"vit_cifar10:2"' in line]
    (folder / "s.jsonl").write_text("".join(kept), encoding="utf-8")


def _repository(folder: Path) -> None:
    shutil.copytree(ROOT / "effbench", folder / "effbench", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=folder, check=True)


PREDICTIONS = f"--predictions {DIGITS / 'test.npz'} --calibrate-on {DIGITS / 'calibration.npz'}"
EXITS = f"exits ravit_cifar10:1-1,width=64,num_heads=4 {PREDICTIONS} --max-loss 0.02"

FEW: Mapping[str, object] = {
    "ROUNDS": 2,
    "FEWEST": 2,
    "_NETWORKS": {
        family: [(f"{name}{depth},width={width}", None, 1) for depth in depths for width in (24, 48, 72)]
        for family, name, depths in (("vit", "vit_cifar10:", (1, 2, 3)), ("ravit", "ravit_cifar10:", ("1-1", "2-1")))
    },
}
"""A calibration of seconds."""

COMMANDS = [
    Command(line="flops vit_tiny_patch16 -o a.csv", share=4, before=_files(a__csv="former\n"), light=True),
    Command(line="claims --page p.md", share=3, before=_files(p__md="former\n"), warm=True),
    Command(line="tables ci2p.2 ravit.1 --format csv markdown --out t", share=5, warm=True),
    Command(line="heatmap --dataset cifar10 --max-layers 2 --out h", share=5),
    Command(line=f"{EXITS} --save-policy policy.json --save-scores scores.npz", share=5),
    Command(line=f"count {SMALL} -o c.json", share=4, before=_files(c__json="[]\n")),
    Command(line=f"gate accept {SMALL} --snapshot s.jsonl", share=6, before=_snapshot),
    Command(
        line="train one.toml --device cpu",
        share=7,
        before=_files(one__toml=RECIPE.format(layers="1-1")),
        grows=("runs/one/results.jsonl",),
    ),
    Command(line="sweep grid.toml --jobs 1 --device cpu", share=3, before=_grid, grows=("runs/grid/results.jsonl",)),
    Command(
        line=f"profile {SMALL} --batch 1 --processes 2 --samples 1 --seconds 0.01 --journal j.jsonl",
        share=3,
        grows=("j.jsonl",),
        measured=True,
    ),
    Command(line=f"report --out r --only tables --records {ROOT}", share=0, warm=True),
    Command(line="atlas resnet10t -o a.csv --jobs 1", share=0),
    Command(line="export ravit_cifar10:1-1,width=8,num_heads=2 --out e", share=0, measured=True, once=True),
    Command(line="export timm/test_vit --out v.onnx", share=0, measured=True),
    Command(
        line="predict --calibrate -o p.csv",
        share=0,
        measured=True,
        shorter={f"effbench.prediction.here.{name}": value for name, value in FEW.items()},
    ),
    Command(
        line=f"gate calibrate {SMALL} {QUICK} --pairs 2 --save k.json",
        share=2,
        measured=True,
        shorter={"effbench.cli.gate.calibrate.LEAST": 2},
    ),
    Command(
        line=f"gate baseline record {SMALL} {QUICK} --recordings 1 --workers 1 --baseline b.json",
        share=2,
        measured=True,
    ),
    Command(
        line=f"gate run {SMALL} --base HEAD {QUICK} --looks 3 --journal j.jsonl",
        share=0,  # minutes each: by name alone
        before=_repository,
        grows=("j.jsonl",),
        measured=True,
    ),
]
