"""Each distinct network once, resumed from a journal; processes are scripted here."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("timm")

from effbench.counting.atlas import gather as module
from effbench.counting.atlas.gather import Wanted, gather, is_known, names, versions, wanted
from effbench.counting.atlas.worker import Asked, Facts
from effbench.errors import SpecError, UnknownName
from effbench.files import journal
from effbench.processes.process import WorkerFailed

A, B, C = (Wanted(name, None, f"{name} 3x8x8 10 0") for name in "abc")


@pytest.fixture
def asked(monkeypatch):
    """Names that processes were asked for, in order; ``dies`` kills its process, ``breaks`` raises in the network."""
    found: list[str] = []

    class Scripted:
        def ask(self, request, limit):
            name, verify = request["name"], request["verify"]
            found.append(name)
            if name == "dies":
                raise WorkerFailed("killed", "the process ended", lost=True)
            if name == "breaks":
                return Facts(failed="ValueError: no").plain()
            return Facts(kinds={"param": len(found)}, torch=[0, 0] if verify else None).plain()

        def close(self):
            found.append("(closed)")

    monkeypatch.setattr(module, "open_worker", Scripted)
    return found


def test_names_of_one_build_are_counted_once(asked):
    twin = Wanted("a.tag", None, A.key)
    found = gather([A, twin, B], jobs=1, asked=Asked(), path=None)
    assert asked == ["a", "b", "(closed)"]
    assert set(found) == {A.key, B.key}


def test_what_the_journal_holds_is_not_counted_again(asked, tmp_path):
    path = tmp_path / "run.jsonl"
    first = gather([A, B], jobs=1, asked=Asked(), path=path)
    asked.clear()
    again = gather([A, B, C], jobs=1, asked=Asked(), path=path)
    assert asked == ["c", "(closed)"]
    assert {key: again[key] for key in first} == first


def test_failures_are_kept_too(asked, tmp_path):
    path = tmp_path / "run.jsonl"
    bad = Wanted("breaks", None, "breaks")
    gather([bad], jobs=1, asked=Asked(), path=path)
    asked.clear()
    assert gather([bad], jobs=1, asked=Asked(verify=True), path=path)["breaks"] == Facts(failed="ValueError: no")
    assert asked == []


def test_facts_of_other_versions_are_counted_again(asked, tmp_path):
    path = tmp_path / "run.jsonl"
    journal.append(path, {"key": A.key, "versions": {**versions(), "timm": "0.1"}, "kinds": {"param": 7}})
    assert gather([A], jobs=1, asked=Asked(), path=path)[A.key].kinds != {"param": 7}


def test_facts_that_someone_changed_are_counted_again(asked, tmp_path):
    path = tmp_path / "run.jsonl"
    journal.append(path, {"key": A.key, "versions": versions(), "kinds": "many", "torch": None})
    assert gather([A], jobs=1, asked=Asked(), path=path)[A.key].kinds == {"param": 1}


def test_facts_without_pytorch_s_count_do_not_verify(asked, tmp_path):
    path = tmp_path / "run.jsonl"
    gather([A], jobs=1, asked=Asked(), path=path)
    asked.clear()
    assert gather([A], jobs=1, asked=Asked(verify=True), path=path)[A.key].torch == (0, 0)
    assert asked == ["a", "(closed)"]


def test_a_process_that_dies_is_replaced_and_its_network_named(asked):
    bad = Wanted("dies", None, "dies")
    found = gather([bad, A], jobs=1, asked=Asked(), path=None)
    assert asked == ["dies", "(closed)", "a", "(closed)"]
    assert found["dies"] == Facts(failed="killed: the process ended")
    assert not found[A.key].failed


def test_a_process_that_died_is_no_fact_that_a_resumed_run_takes(asked, tmp_path):
    path, bad = tmp_path / "run.jsonl", Wanted("dies", None, "dies")
    gather([bad, A], jobs=1, asked=Asked(), path=path)
    asked.clear()
    gather([bad, A], jobs=1, asked=Asked(), path=path)
    assert asked[0] == "dies"
    assert "a" not in asked


def test_a_line_that_a_crash_cut_off_is_counted_again(asked, tmp_path):
    path = tmp_path / "run.jsonl"
    gather([A], jobs=1, asked=Asked(), path=path)
    with path.open("ab") as stream:
        stream.write(b'{"key": "b 3x8')
    gather([A, B], jobs=1, asked=Asked(), path=path)
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == [A.key, B.key]


def test_progress_is_told_before_each(asked):
    told = []
    gather([A, B], jobs=1, asked=Asked(), path=None, tell=lambda left, what: told.append((left, what)))
    assert told == [(2, "a"), (1, "b")]


def test_several_processes_share_the_work(asked):
    many = [Wanted(str(i), None, str(i)) for i in range(20)]
    assert len(gather(many, jobs=3, asked=Asked(), path=None)) == 20
    assert sorted(name for name in asked if name != "(closed)") == sorted(one.name for one in many)


def test_tags_that_differ_in_weights_alone_are_one_build():
    plain, same, smaller, bare = (wanted(f"resnet50{tag}") for tag in ("", ".tv_in1k", ".tv2_in1k", ".bamboo"))
    assert plain.key == same.key == "resnet50 3x224x224 1000 0"
    assert smaller.key == "resnet50 3x176x176 1000 0"
    assert bare.key == "resnet50 3x224x224 0 0"
    assert wanted("resnet50", 176).key == smaller.key


def test_names_are_those_that_match():
    assert names(["resnet18"]) == ["resnet18"]
    assert "resnet18.a1_in1k" in names(["resnet18*"])
    assert len(names([])) > 1500
    with pytest.raises(UnknownName, match="unknown timm model 'resnet19'; did you mean"):
        names(["resnet19"])
    with pytest.raises(SpecError, match=r"no timm model matches 'zzz\*'"):
        names(["zzz*"])


def test_a_name_is_known_with_its_tag():
    assert is_known("resnet50")
    assert is_known("resnet50.a1_in1k")
    assert not is_known("resnet50.none")
    assert not is_known("resnet51")
