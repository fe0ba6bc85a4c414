"""The cache: what is kept comes back, and a folder or file that is no good costs a warning at most."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.files import cache
from effbench.files.locks import hold, is_held, lock_of

NAME = "counts/a.json"


@pytest.fixture
def own(monkeypatch, tmp_path):
    """An empty cache."""
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("data", [{"a": [1, "b", None]}, [], 2**80, "²"])
def test_what_is_kept_comes_back(own, data, capsys):
    cache.write(NAME, data, "it")
    assert cache.read(NAME) == data
    assert capsys.readouterr() == ("", "")


def test_what_was_not_kept_is_none(own):
    assert cache.read(NAME) is None


def test_the_lock_of_a_killed_writer_goes_with_the_next_reader(own):
    cache.write(NAME, 1, "it")
    lock = lock_of(own / NAME)
    lock.touch()
    with hold(lock, wait=False):  # a writer that lives
        assert cache.read(NAME) == 1
        assert lock.exists()
    lock.touch()
    assert cache.read(NAME) == 1
    assert not lock.exists()


def test_reading_makes_no_folder(own):
    cache.read(NAME)
    assert not own.exists()


def test_the_later_result_replaces_the_earlier(own):
    cache.write(NAME, 1, "it")
    cache.write(NAME, 2, "it")
    assert cache.read(NAME) == 2
    assert [path.name for path in (own / "counts").iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", [b"", b'{"cut', b"\xff\xfe\x00", b"[" * 100_000, b"[]", b"7", b'{"data": 7}'])
def test_a_file_that_cannot_be_read_is_none(own, content):
    cache.write(NAME, 1, "it")
    (own / NAME).write_bytes(content)
    assert cache.read(NAME) is None


@pytest.mark.parametrize(("before", "after"), [(b"721536", b"721537"), (b"721536", b"0"), (b'"conv"', b'"head"')])
def test_what_was_edited_is_none(own, before, after):
    cache.write(NAME, {"conv": 721536}, "it")
    file = own / NAME
    file.write_bytes(file.read_bytes().replace(before, after))
    assert cache.read(NAME) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_no_result_can_be_is_not_kept(own, value, capsys):
    cache.write(NAME, {"a": value}, "it")
    assert cache.read(NAME) is None
    assert capsys.readouterr().err.startswith("effbench: it was not kept: ")


def test_a_folder_in_the_place_of_the_file_is_none(own):
    (own / NAME).mkdir(parents=True)
    assert cache.read(NAME) is None


def test_what_cannot_be_kept_is_named_in_one_line(own, capsys):
    own.write_text("")  # a file in the place of the folder
    cache.write(NAME, 1, "the count of a")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("effbench: the count of a was not kept: ")
    assert err.count("\n") == 1


def test_a_folder_in_the_place_of_the_file_is_named(own, capsys):
    (own / NAME).mkdir(parents=True)
    cache.write(NAME, 1, "it")
    assert "it was not kept: " in capsys.readouterr().err


def test_a_change_is_made_to_what_is_there_and_nobody_else_makes_one_meanwhile(own, monkeypatch):
    def change(former):
        assert is_held(lock_of(own / NAME))
        return [*(former or []), 1]

    assert [cache.update(NAME, change, "it") for _ in range(2)] == [[1], [1, 1]]
    assert cache.read(NAME) == [1, 1]
    assert [path.name for path in (own / "counts").iterdir()] == ["a.json"]


def test_a_change_that_cannot_be_kept_gives_nothing(own, capsys):
    own.write_text("")
    assert cache.update(NAME, lambda former: 1, "it") is None
    assert "it was not kept: " in capsys.readouterr().err


def test_a_cache_that_is_not_used_gives_and_keeps_nothing(own, monkeypatch):
    cache.write(NAME, 1, "it")
    with cache.unused():
        assert cache.read(NAME) is None
        assert cache.update(NAME, lambda former: 2, "it") is None
        cache.write("counts/b.json", 3, "it")
    assert (cache.read(NAME), cache.read("counts/b.json")) == (1, None)
    monkeypatch.setenv(cache.OFF, "1")  # by the user, for every command
    with cache.unused():
        pass
    assert cache.read(NAME) is None


def test_a_user_without_a_home_has_no_cache(monkeypatch, capsys):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for variable in ("EFFBENCH_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cache.write(NAME, 1, "it")
    assert cache.read(NAME) is None
    assert capsys.readouterr().err == "effbench: it was not kept: Could not determine home directory.\n"


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"EFFBENCH_CACHE": "a", "XDG_CACHE_HOME": "b"}, "a"),
        ({"XDG_CACHE_HOME": "b"}, "b/effbench"),
        ({}, "home/.cache/effbench"),
        ({"EFFBENCH_CACHE": "", "XDG_CACHE_HOME": ""}, "home/.cache/effbench"),  # empty is unset
    ],
)
def test_where_the_cache_is(monkeypatch, variables, folder):
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    for variable in ("EFFBENCH_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert cache.folder() == Path(folder)
