"""The model that a job names."""

from __future__ import annotations

from effbench.models.inputs import parse_inputs
from effbench.models.registry import Model, resolve
from effbench.profiling.worker.job import Job


def model_of(job: Job) -> Model:
    """At the job's size, with its inputs; errors as those of ``models.registry.resolve``."""
    return resolve(job.model, job.size, parse_inputs(job.inputs.split()))
