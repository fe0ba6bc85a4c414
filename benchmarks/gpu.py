"""The most of some minutes on a borrowed GPU: stages in order of value, each with a limit, none repeated.

``python benchmarks/gpu.py --budget SECONDS --data FOLDER... --out DIR`` runs these, each in a process of its own:

- ``checks``: what only a GPU can show (events, graphs, energy, early exits, compiled training);
- ``step``: a training step at the RAViT paper's sizes: separate, compiled, and all rows of Table I at once;
- ``table``: Table I of the RAViT paper with the most of ``--epochs`` that fit, then more seeds, then cells of the map;
- ``latency``: CI2P-ViT against ViT-B/16, the rows of Table I, early exits, models under the roof.

``DIR`` gets ``gpu.jsonl`` (a line for every unit of a stage, written when it ends), ``gpu.md``, and the trainings as
lines of a store in ``results.jsonl``. What ``DIR`` holds from an earlier call is not measured again. Folders of
``--data`` hold CIFAR-10's binary batches, or strips of it (``gpu_stages/strips.py``), which may be split over calls:
those seen so far are kept in ``--work``, and a call takes them there before its first stage. Needs torch, torchvision,
timm, NumPy, Pillow, SymPy and tabulate; what needs another package is skipped and named. In a copy without Git,
``EFFBENCH_COMMIT`` says which commit this is.

``--device cpu --smoke`` runs every stage at a tiny size, without data; its files are called ``smoke``.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # an effbench that is not installed

from gpu_stages import report
from gpu_stages.records import STAGE, NotDone, Records, Setting, require_same_kind
from gpu_stages.strips import gather

from effbench.errors import EffbenchError
from effbench.files.atomic import make_folder
from effbench.training.sweep.executors.slots import SINGLE_THREAD

PR_SET_PDEATHSIG = 1
"""Of Linux's prctl(2): a signal when the parent is gone."""

ROOT = Path(__file__).resolve().parents[1]

STAGES = ("checks", "step", "table", "latency")

LIMITS = {"checks": 100.0, "step": 240.0, "latency": 200.0}
"""Seconds that a stage may take; ``table`` takes what is left, but for what is kept back for the stages after it."""

KEPT_BACK = 0.3
"""Largest share of what is left that ``table`` leaves to the stages after it."""

GRACE = 3.0
"""Seconds between asking a stage to end and ending it, and that are kept back for the page."""


def main() -> int:
    """Run the stages; exit code 0: all are done, 3: some are not, 2: bad input."""
    args = arguments()
    setting = setting_of(args)
    try:
        require_possible(setting)
        for folder in (setting.out, setting.work):
            make_folder(folder)
    except EffbenchError as error:
        print(f"gpu.py: error: {error}", file=sys.stderr)
        return 2
    prepare_environment(setting)
    if args.stage:
        return run_stage(args.stage, setting)
    return run_all(setting)


def require_possible(setting: Setting) -> None:
    """Raise EffbenchError, before anything is made, for records of another kind, no such folder or no such device."""
    require_same_kind(setting)
    for folder in setting.data:
        if not folder.is_dir():
            raise EffbenchError(f"no folder {folder}: --data takes folders of CIFAR-10")
    if setting.device == "cuda":
        from effbench.training.loop.device import find_device  # torch, which takes seconds

        find_device("cuda")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=600.0, help="seconds for all stages")
    parser.add_argument("--data", type=Path, nargs="+", default=[], help="folders of CIFAR-10, or of parts of it")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the records, those of earlier calls included"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "gpu", help="folder kept between calls")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument(
        "--epochs", type=int, nargs="+", default=[400, 200, 60], help="lengths of Table I to choose from"
    )
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES, help="these stages alone")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, no data")
    parser.add_argument("--retry", action="store_true", help="try again what failed or was skipped")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--ends", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.budget <= 0 or min(args.epochs) < 1:
        parser.error("--budget and --epochs must be positive")
    return args


def setting_of(args: argparse.Namespace) -> Setting:
    """What the stages are given, until the end of the budget."""
    return Setting(
        device=args.device,
        smoke=args.smoke,
        out=args.out.resolve(),
        work=args.work.resolve(),
        data=tuple(folder.resolve() for folder in args.data),
        epochs=tuple(args.epochs),
        retry=args.retry,
        ends=args.ends or time.time() + args.budget - GRACE,
    )


def prepare_environment(setting: Setting) -> None:
    """For all processes: this effbench, one thread, caches that are kept between calls, a GPU that has a number."""
    os.environ.update(SINGLE_THREAD)
    kept = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *(path for path in kept if path not in ("", str(ROOT)))])
    os.environ.setdefault("EFFBENCH_CACHE", str(setting.work / "cache"))
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(setting.work / "inductor"))
    os.environ.setdefault("TRITON_CACHE_DIR", str(setting.work / "triton"))
    if setting.device == "cuda":
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")


def run_all(setting: Setting) -> int:
    """The stages, one after the other, each in a process that is ended at its limit."""
    args = arguments()
    gather(setting.data, setting.work / "strips")
    for number, stage in enumerate(STAGES):
        records = Records(setting)
        if stage in args.only and not records.finished(stage):
            after = [name for name in STAGES[number + 1 :] if name in args.only and not records.finished(name)]
            run_apart(stage, setting, setting.left if setting.smoke else limit_of(stage, setting.left, after))
            report.write(setting)
    records = Records(setting)
    left = [stage for stage in args.only if (records.last(stage, STAGE) or {}).get("status") != "done"]
    print(f"not done: {', '.join(left)}; the same command goes on with them" if left else "all stages are done")
    return 3 if left else 0


def limit_of(stage: str, left: float, after: list[str]) -> float:
    """Seconds for a stage: its own limit, or what the stages after it leave."""
    if stage in LIMITS:
        return min(LIMITS[stage], left)
    return left - min(sum(LIMITS[name] for name in after), KEPT_BACK * left)


def run_apart(stage: str, setting: Setting, limit: float) -> None:
    """Run a stage in its process; if it must be ended, or dies, the records say so."""
    if limit <= 0:
        Records(setting).keep(stage, STAGE, "not done", "no time was left to begin it")
        return
    ends = time.time() + limit
    command = [sys.executable, __file__, *sys.argv[1:], "--stage", stage, "--ends", str(ends)]
    process = subprocess.Popen(command)
    try:
        code = process.wait(limit + GRACE)
        if code not in (0, 3):
            Records(setting).keep(stage, STAGE, "not done", f"its process ended with code {code}")
    except subprocess.TimeoutExpired:
        Records(setting).keep(stage, STAGE, "not done", f"stopped after {limit:.0f} s; what had ended is kept")
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a stage, if it still runs; what it started ends with it."""
    for ask in (process.terminate, process.kill):
        if process.poll() is None:
            ask()
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)


def die_with_parent() -> None:
    """Let the system end this process when the one that started it is gone, however that ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run_stage(stage: str, setting: Setting) -> int:
    """In the stage's own process."""
    die_with_parent()
    records = Records(setting)
    try:
        import_module(f"gpu_stages.{stage}").run(setting, records)
    except NotDone as reason:
        records.keep(stage, STAGE, "not done", str(reason))
        return 3
    units = [line for line in records.lines if line["stage"] == stage and line["unit"] != STAGE]
    statuses = [line["status"] for line in {line["unit"]: line for line in units}.values()]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    records.keep(stage, STAGE, "done", f"units: {counts}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
