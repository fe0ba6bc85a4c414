"""``effbench heatmap`` of trained networks: accuracy beside cost, what is missing, and the paper's statements."""

from __future__ import annotations

import sys

import pytest

from effbench.cost.convention import convention
from effbench.models.registry import resolve
from effbench.render.table import FORMATS

pytest.importorskip("scipy", reason="the measure extra is not installed")

LINE = "heatmap --dataset textures --metric accuracy --store"

RUNS = {
    "0-1": [60, 62, 61],
    "0-4": [70, 72, 71],
    "1-1": [65, 66, 67],
    "1-3": [80, 82, 84],
    "1-4": [None, 90, 91],
    "0-3": [None, None],
}


@pytest.fixture
def store(trained_store):
    return trained_store(RUNS)


def cell(document, name):
    """The cell of that name."""
    (found,) = (one for one in document["cells"] if f"{one['branch_1']}-{one['branch_2']}" == name)
    return found


def test_json_holds_every_seed_and_its_interval(effbench, store):
    found = effbench(LINE, store, "--format", "json").json
    one = cell(found, "1-3")
    assert (one["seeds"], one["right"], one["images"], one["status"]) == ([0, 1, 2], [80, 82, 84], 100, "trained")
    # By itself: s = 2 points, t(0.975; 2) = 4.3027: ± 4.3027 · 2 / √3 = 4.968 points.
    assert one["accuracy"] == pytest.approx(0.82)
    assert (one["own_low"], one["own_high"]) == (pytest.approx(0.77032, abs=1e-5), pytest.approx(0.86968, abs=1e-5))
    # With the deviation of all: squares of 2, 2, 2, 8 and, of 90 and 91, 0.5 points, over 2 + 2 + 2 + 2 + 1 degrees of
    # freedom: s = √(14.5 / 9) = 1.2693; t(0.975; 9) = 2.2622: ± 2.2622 · 1.2693 / √3 = 1.6578 points.
    assert found["seed_deviation"] == {"accuracy": pytest.approx(0.012693, abs=1e-6), "freedom": 9}
    assert (one["half_width"], one["low"]) == (pytest.approx(0.016578, abs=1e-6), pytest.approx(0.803422, abs=1e-6))
    assert (found["rows"], found["cols"], found["exit"], found["dataset"]) == ([0, 1], [1, 3, 4], "last", "textures")


def test_the_cost_beside_it_is_the_registry_s(effbench, store):
    found = effbench(LINE, store, "--format", "json").json
    for one in found["cells"]:
        assert one["cost"] == convention("ravit").total(resolve(one["model"]).cost())
    assert found["baseline"] == "ravit_cifar10:0-4,width=64"
    assert cell(found, "0-4")["percent_of_baseline"] == 100


def test_people_see_accuracy_then_cost_then_statements(effbench, store):
    out = effbench(LINE, store).out
    accuracy, cost, said = (out.index(word) for word in ("accuracy in %", "FLOPs (ravit)", "What the paper says"))
    assert accuracy < cost < said
    assert "82.0 ±1.7*" in out
    assert "Trained: 4 with 3 seeds, 1 with 2 seeds." in out


def test_csv_has_a_row_per_cell_with_every_seed(effbench, store):
    rows = effbench(LINE, store, "--format", "csv").csv
    assert len(rows) == 6
    (row,) = (row for row in rows if (row["branch_1"], row["branch_2"]) == ("1", "4"))
    assert (row["seeds"], row["right"], row["failed_seeds"]) == ("1;2", "90;91", "0")


def test_statements_are_judged_on_the_store_s_data_and_say_so(effbench, store):
    ran = effbench(LINE, store)
    said = {row["id"]: row for row in effbench(LINE, store, "--format", "json").json["statements"]}
    one = said["order.s5-a.1-3-over-4-layers"]
    # Differences of 10, 10 and 13 points: ± 4.3027 · 1.732 / √3 = 4.30 points.
    assert (one["outcome"], one["of_dataset"], one["judged_on"]) == ("holds here", "cifar10", "textures")
    assert (one["difference"], one["low"]) == (pytest.approx(0.11), pytest.approx(0.06697, abs=1e-5))
    assert said["order.s5-a.2-7"]["outcome"] == "not trained"
    assert "The paper says it of cifar10; these networks were trained on textures" in ran.out
    assert "Section V-A, cifar10" in ran.out


@pytest.mark.parametrize(
    ("model", "published"), [("ravit_cifar10:{}", ["84.3", "84.9"]), ("ravit_cifar10:{},width=64", [None, None])]
)
def test_published_figures_stand_beside_the_paper_s_networks_alone(effbench, trained_store, model, published):
    path = trained_store({"1-3": [80], "0-4": [70]}, dataset="cifar10", model=model)
    line = f"heatmap --dataset cifar10 --metric accuracy --store {path}"
    found = effbench(line, "--format", "json").json
    # Table I: 4 layers ViT 84.3, our 1-3 (no EE) 84.9; 3 layers ViT 82.3, which is a cell of this map, too.
    assert [cell(found, name)["published_percent"] for name in ("0-4", "1-3")] == published
    out = effbench(line).out
    assert (
        "Published, in the paper's tables, after 400 epochs, not 1: 0-3 82.3 %, 0-4 84.3 %, 1-3 84.9 %." in out
    ) is (published[0] is not None)
    assert "The data set is the paper's; the recipe is that of these trainings" in out


def test_an_earlier_exit_is_shown_with_its_own_cost(effbench, store):
    found = effbench(LINE, store, "--exit", 1, "--format", "json").json
    assert cell(found, "1-3")["right"] == [70, 72, 74]
    assert cell(found, "1-3")["cost"] == convention("ravit").total(resolve("ravit_cifar10:1-0,width=64").cost())
    assert cell(found, "0-4")["status"] == "no exit"
    assert found["statements"] == []
    assert "3 of 6 cells without that exit: 0-1, 0-3, 0-4." in effbench(LINE, store, "--exit", 1).out


def test_flops_of_a_store_are_of_its_networks(effbench, store):
    found = effbench("heatmap --dataset textures --store", store, "--format", "json").json
    assert (found["metric"], found["source"]) == ("flops", "analytic")
    assert "accuracy" not in found["cells"][0]
    assert cell(found, "1-3")["cost"] == convention("ravit").total(resolve("ravit_cifar10:1-3,width=64").cost())
    assert "7.47 M 25.0%*" in effbench("heatmap --dataset textures --store", store).out


def test_the_store_of_a_data_set_is_where_sweeps_are_committed(effbench, store, tmp_path, monkeypatch):
    kept = tmp_path / "reports" / "sweeps" / "textures"
    kept.mkdir(parents=True)
    store.rename(kept / "results.jsonl")
    monkeypatch.chdir(tmp_path)
    found = effbench("heatmap --dataset textures --metric accuracy --format json").json
    assert found["store"] == "reports/sweeps/textures/results.jsonl"


def test_the_folder_of_a_sweep_is_its_store(effbench, store):
    assert effbench(LINE, store.parent, "--format", "json").json["store"] == str(store)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, store, format):
    ran = effbench(LINE, store, "--format", format)
    assert (ran.code, ran.err) == (0, "")
    assert "ravit" in ran.out


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("heatmap --dataset textures --metric accuracy --store no.jsonl", "cannot read no.jsonl"),
        ("heatmap --dataset textures", "reports/sweeps/textures/results.jsonl; make it"),
        ("heatmap --dataset cifar10 --metric acuracy", "invalid choice: 'acuracy'"),
        ("heatmap --dataset cifar10 --exit 1", "--exit needs --metric accuracy, and this is --metric flops"),
        (
            "heatmap --dataset cifar10 --metric accuracy --batch 4",
            "--batch needs --metric latency, and this is",
        ),
        ("heatmap --dataset cifar10 --experiment a", "choose among the runs of a store"),
        ("heatmap --dataset cifar10 --metric accuracy --exit first", "neither the number of a branch nor last"),
        ("heatmap --dataset cifar10 --metric accuracy --where epochs", "is not KEY=VALUE"),
    ],
)
def test_bad_input_is_one_line(effbench, monkeypatch, tmp_path, line, problem):
    monkeypatch.chdir(tmp_path)
    ran = effbench(line)
    assert (ran.code, ran.out) == (2, "")
    assert problem in ran.err
    assert ran.err.count("\n") == 1


def test_without_scipy_the_line_that_installs_it_is_shown(effbench, store, monkeypatch):
    monkeypatch.setattr("effbench.cli.heatmap_maps.find_spec", lambda name: None)
    ran = effbench(LINE, store)
    assert ran.code == 2
    assert "python -m pip install " in ran.err


def test_figures_are_the_same_bytes_every_time(effbench, store, tmp_path):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    for folder in ("a", "b"):
        assert effbench(LINE, store, "--out", tmp_path / folder).code == 0
    files = {path.name for path in (tmp_path / "a").iterdir()}
    assert files == {f"heatmap_accuracy.{kind}" for kind in ("png", "svg", "csv", "json")}
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_missing_drawing_package_leaves_no_folder(effbench, store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = effbench(LINE, store, "--out", tmp_path / "new")
    assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("metric", ["accuracy", "flops", "latency"])
def test_a_data_set_s_name_leads_out_of_no_folder(effbench, store, tmp_path, metric):
    ran = effbench(f"heatmap --dataset ../../x --metric {metric} --out {tmp_path / 'made'} --store", store)
    assert (ran.code, ran.out) == (2, "")
    assert "data set '../../x' cannot be used as a file name: it has a separator of folders" in ran.err
    assert not (tmp_path / "made").exists()


def test_a_map_is_completed_from_what_was_trained(effbench, trained_store):
    cells = {f"{a}-{b}": [40 + 5 * a + 8 * b] for a in range(3) for b in range(4) if (a or b) and (a, b) != (2, 3)}
    store = trained_store(cells)
    line = f"heatmap --dataset textures --metric accuracy --store {store} --max-layers 3 --complete --next 2"
    out = effbench(line).out
    assert "predicted (in parentheses" in out
    assert "Worth training next: " in out
    found = effbench(f"{line} --format json").json
    missing = {(row["branch_1"], row["branch_2"]) for row in found["cells"] if row["status"] == "missing"}
    assert {tuple(one["layers"]) for one in found["predicted"]} == missing
    assert (2, 3) in missing
    assert len(found["next"]) == 2
    assert all(one["low"] <= one["accuracy"] <= one["high"] for one in found["predicted"])
    assert all(row["accuracy"] is None for row in found["cells"] if row["status"] == "missing")  # never mixed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--next 2", "--next names networks that --complete predicts"),
        ("--complete --exit 1", "leave out --exit"),
        ("--complete", "from 6 trained networks or more, there are 2"),
    ],
)
def test_a_completion_that_cannot_be_is_one_line(effbench, trained_store, options, said):
    store = trained_store({"1-1": [50], "1-2": [60]})
    ran = effbench(f"heatmap --dataset textures --metric accuracy --store {store} {options}")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
