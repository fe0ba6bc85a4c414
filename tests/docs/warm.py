"""Commands of ours in fresh processes that need not import torch again: each is forked off a server that has it.

What a command does is what it does in a shell: its own folder, environment, standard output and exit code.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ALIKE = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""What must stand in the environment before torch is imported."""

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["torch", "timm", "scipy.stats", "effbench.cli"])


def run(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """``effbench`` with these arguments; ended after ten minutes."""
    with tempfile.TemporaryDirectory() as made:
        streams = [Path(made) / name for name in ("stdout", "stderr")]
        before = {name: os.environ.get(name) for name in ALIKE}
        os.environ.update(ALIKE)  # for the server, which the first process starts
        process = SERVER.Process(target=_enter, args=(arguments, folder, dict(environment), streams))
        process.start()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        process.join(600)
        process.kill()
        process.join()
        out, err = (stream.read_text(encoding="utf-8", errors="replace") for stream in streams)
    assert process.exitcode is not None
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def _enter(arguments: list[str], folder: Path, environment: dict[str, str], streams: list[Path]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, stream in enumerate(streams, start=1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.argv = ["effbench", *arguments]
    from effbench.cli import main

    code = main(arguments)
    sys.stdout.flush()
    sys.exit(code)
