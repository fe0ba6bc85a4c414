"""Energy counters, as files and as a library that tests write."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.profiling.worker import energy, nvml  # noqa: E402
from effbench.profiling.worker.bench import Bench  # noqa: E402
from effbench.profiling.worker.energy import steps_energy  # noqa: E402
from effbench.profiling.worker.job import Job  # noqa: E402


@pytest.fixture
def powercap(monkeypatch, tmp_path):
    """``powercap(a=(now, range))``: a folder of RAPL counters in microjoules."""
    monkeypatch.setattr(energy, "POWERCAP", tmp_path)

    def write(name, now, span=1_000_000_000):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "energy_uj").write_text(f"{now}\n")
        (folder / "max_energy_range_uj").write_text(f"{span}\n")

    return write


def test_packages_are_added_and_their_parts_are_not_counted_twice(powercap):
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        powercap(name, 1_000_000)

    def step():  # 3 J in one package, 1 J in the other, 9 J in a part of the first
        powercap("intel-rapl:0", 4_000_000)
        powercap("intel-rapl:1", 2_000_000)
        powercap("intel-rapl:0:0", 10_000_000)

    found = steps_energy(step, 1, "cpu")
    assert found == {"joules": 4.0, "steps": 1, "how": "RAPL counters of the CPU packages"}


def test_a_counter_that_starts_again_is_followed(powercap):
    powercap("intel-rapl:0", 9_000_000, span=9_999_999)
    # 1 J to the end of its range, 0.5 J after it
    found = steps_energy(lambda: powercap("intel-rapl:0", 500_000, span=9_999_999), 1, "cpu")
    assert found["joules"] == 1.5


def test_every_step_is_made(powercap):
    powercap("intel-rapl:0", 0)
    made = []
    assert steps_energy(lambda: made.append(1), 5, "cpu")["steps"] == 5
    assert len(made) == 5


def test_a_machine_without_counters_says_so_and_makes_no_step(powercap):
    found = steps_energy(lambda: pytest.fail("stepped"), 5, "cpu")
    assert found["unavailable"].startswith("no RAPL counter")


def test_a_counter_that_may_not_be_read_says_so(powercap, tmp_path):
    powercap("intel-rapl:0", 0)
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    (tmp_path / "intel-rapl:0" / "energy_uj").mkdir()  # not readable for anyone, root included
    found = steps_energy(lambda: pytest.fail("stepped"), 5, "cpu")
    assert "directory" in found["unavailable"]
    assert "energy_uj" in found["unavailable"]


def test_the_counter_of_a_gpu_is_in_millijoules(monkeypatch):
    class Library:
        used = 5_000_000

        def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802 - NVML's own name
            assert handle == "the GPU"
            return self.used

    library = Library()
    monkeypatch.setattr(nvml, "device", lambda: (library, "the GPU"))
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)

    def step():
        library.used += 1500

    found = steps_energy(step, 4, "cuda")
    assert found == {"joules": 6.0, "steps": 4, "how": "NVML energy counter of the GPU"}


def test_a_gpu_without_a_counter_says_so(monkeypatch):
    class Library:
        def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802
            raise RuntimeError("Not Supported")

    monkeypatch.setattr(nvml, "device", lambda: (Library(), None))
    found = steps_energy(lambda: pytest.fail("stepped"), 5, "cuda")
    assert found == {"unavailable": "RuntimeError: Not Supported"}


class Meter:
    """Two joules more at every look."""

    how = "a meter at the socket"
    used = 0.0

    def joules(self):
        self.used += 2
        return self.used


def test_a_new_sensor_reaches_the_answer_of_the_worker(monkeypatch, model_file, powercap):
    monkeypatch.setattr(energy, "SENSORS", {"cpu": [*energy.SENSORS["cpu"], Meter]})  # RAPL cannot be read here
    bench = Bench()
    bench({"do": "load", "key": "a", "job": Job(model=str(model_file())).as_dict()})
    found = bench({"do": "energy", "key": "a", "steps": 3})
    assert found == {"joules": 2.0, "steps": 3, "how": "a meter at the socket"}


def test_the_best_sensor_is_used_and_without_any_every_reason_is_told(monkeypatch, powercap):
    def broken():
        raise RuntimeError("no cable")

    monkeypatch.setattr(energy, "SENSORS", {"cpu": [Meter, broken], "cuda": [broken, energy.Rapl]})
    assert energy.sensor_for("cpu").how == "a meter at the socket"
    nothing = energy.sensor_for("cuda")
    assert nothing.how.startswith("RuntimeError: no cable; no RAPL counter")
    with pytest.raises(energy.Unreadable, match="no cable"):
        nothing.joules()
    assert energy.sensor_for("abacus").how == "no sensor for abacus"
