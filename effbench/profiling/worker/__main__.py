"""The worker's loop: one JSON request a line on standard input, one JSON answer a line on what was standard output.

Requests: ``load`` (key, job, and code: whether its model may be a file), ``turn`` (key, steps), ``memory`` (key),
``energy`` (key, steps), ``state``, ``imported`` and ``drop`` (key). An answer is ``{"ok": …}``, or ``{"error": message,
"kind": "out_of_memory" | "unavailable" | "model"}``. What a model prints goes to standard error. The loop ends with its
input.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from . import nvml
from .clock import Clock, clock_for
from .energy import steps_energy
from .job import Job
from .memory import step_peak
from .subject import Subject, Unavailable, allow_code, imported

Request = dict[str, Any]


class Held(NamedTuple):
    """A subject held open."""

    job: Job
    subject: Subject
    clock: Clock


class Bench:
    """The subjects held open, by key."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def load(self, request: Request) -> Request:
        """Build the job's network and run it once; of a kernel, ``flops`` and ``bytes`` of a step are told, too."""
        job = Job(**request["job"])
        if request.get("code"):
            allow_code(job.model)
        torch.set_num_threads(job.threads)
        subject, clock = Subject(job), clock_for(job.device, job.threads)
        first = clock(subject.step)
        self._held[request["key"]] = Held(job, subject, clock)
        gc.collect()
        gc.freeze()  # the libraries' objects need not be looked at again before every turn: a quarter of a second each
        return {"params": subject.params, "size": subject.size, "first": first, **subject.work}

    def turn(self, request: Request) -> Request:
        """Step ``steps`` times; clock name -> nanoseconds of every step. No garbage collection meanwhile."""
        _, subject, clock = self._held[request["key"]]
        gc.collect()
        gc.disable()
        try:
            samples = [clock(subject.step) for _ in range(request["steps"])]
        finally:
            gc.enable()
        return {name: [sample[name] for sample in samples] for name in samples[0]}

    def memory(self, request: Request) -> Request:
        """Peak memory of one step."""
        job, subject, _ = self._held[request["key"]]
        return step_peak(subject.step, job.device, job.mode)

    def energy(self, request: Request) -> Request:
        """Energy of ``steps`` steps."""
        job, subject, _ = self._held[request["key"]]
        return steps_energy(subject.step, request["steps"], job.device)

    def state(self, request: Request) -> Request:
        """Clock and throttling of the GPU."""
        return nvml.state()

    def imported(self, request: Request) -> Any:
        """What this process imported besides Python and effbench."""
        return imported()

    def drop(self, request: Request) -> Request:
        """Forget a subject and give its memory back."""
        self._held.pop(request["key"], None)
        gc.unfreeze()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return {}


def answer(handlers: Mapping[str, Callable[[Request], Any]], request: Request) -> Request:
    """What came of one request; an error of the model's is an answer, too."""
    try:
        return {"ok": handlers[request["do"]](request)}
    except Exception as error:  # the network's own code: any kind
        lines = str(error).strip().splitlines() or [""]
        return {"error": f"{type(error).__name__}: {lines[0]}", "kind": _kind(error)}


def _kind(error: Exception) -> str:
    if isinstance(error, Unavailable):
        return "unavailable"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        return "out_of_memory"
    return "model"


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    bench = Bench()
    handlers = {
        name: getattr(bench, name) for name in ("load", "turn", "memory", "energy", "state", "imported", "drop")
    }
    for line in sys.stdin:
        print(json.dumps(answer(handlers, json.loads(line))), file=replies, flush=True)


if __name__ == "__main__":
    main()
