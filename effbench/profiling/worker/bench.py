"""What a worker answers. ``processes.serve`` reads the requests and writes the answers.

Requests: ``load`` (key, job, and code: whether its model may be a file), ``turn`` (key, steps), ``memory`` (key),
``energy`` (key, steps), ``state``, ``imported`` and ``drop`` (key).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from . import nvml
from .clock import Clocks
from .energy import steps_energy
from .job import Job
from .memory import step_peak
from .subject import Subject, Unavailable, allow_code, imported

Request = dict[str, Any]

REQUESTS = ("load", "turn", "memory", "energy", "state", "imported", "drop")


class Held(NamedTuple):
    """A subject held open."""

    job: Job
    subject: Subject
    clock: Clocks


class Bench:
    """The subjects held open, by key."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def __call__(self, request: Request) -> Any:
        """Answer a request by the method that it names."""
        if request["do"] not in REQUESTS:
            raise ValueError(f"no request {request['do']!r}")
        return getattr(self, request["do"])(request)

    def load(self, request: Request) -> Request:
        """Build the job's network and run it once; of a kernel, ``flops`` and ``bytes`` of a step are told, too."""
        job = Job(**request["job"])
        if request.get("code"):
            allow_code(job.model)
        torch.set_num_threads(job.threads)
        subject, clock = Subject(job), Clocks(job.device, job.threads)
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


def kind(error: Exception) -> str:
    """``out_of_memory``, ``unavailable`` or ``model``."""
    if isinstance(error, Unavailable):
        return "unavailable"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        return "out_of_memory"
    return "model"


def main(serve: Callable[[Callable[[Request], Any], Callable[[Exception], str]], None]) -> None:
    """Let the bench answer what the pipe asks."""
    serve(Bench(), kind)
