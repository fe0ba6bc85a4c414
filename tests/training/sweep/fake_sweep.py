"""A driver in a process of its own: ``fake_sweep.py RECIPE FOLDER``, its trials being those of ``fake_trial.py``."""

from __future__ import annotations

import sys
from pathlib import Path

from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.plan import plan_file
from effbench.training.sweep.runner import Schedule

if __name__ == "__main__":
    program = [sys.executable, str(Path(__file__).with_name("fake_trial.py"))]
    Schedule(plan_file(Path(sys.argv[1])), Path(sys.argv[2]), LocalExecutor([{}, {}], program)).run()
