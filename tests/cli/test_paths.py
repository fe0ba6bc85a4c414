"""Files and folders of a command line are looked at before any work."""

from __future__ import annotations

import pytest

from effbench.cli.paths import existing, input_file, input_folder, output_folder
from effbench.errors import EffbenchError, shortened


@pytest.fixture
def file(tmp_path):
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def test_what_is_there_is_taken(file):
    assert input_file(str(file)) == existing(str(file)) == file
    assert input_folder(str(file.parent)) == file.parent
    assert output_folder(str(file.parent / "a" / "b")) == file.parent / "a" / "b"
    assert not (file.parent / "a").exists()


@pytest.mark.parametrize("kind", [existing, input_file, input_folder])
@pytest.mark.parametrize("name", ["none", "file/inside", "n" * 300])
def test_what_is_not_there_is_refused(kind, name, file):
    with pytest.raises(EffbenchError, match="cannot read"):
        kind(str(file.parent / name))


@pytest.mark.parametrize("name", ["file", "file/inside", "n" * 300, "a/" + "n" * 300])
def test_a_folder_that_cannot_be_made_is_refused(file, name):
    with pytest.raises(EffbenchError, match="cannot make folder"):
        output_folder(str(file.parent / name))


@pytest.mark.parametrize("kind", [existing, output_folder])
def test_an_empty_name_is_refused(kind):
    with pytest.raises(EffbenchError, match="is empty"):
        kind("")


def test_a_file_is_no_folder_and_a_device_no_file(file):
    with pytest.raises(EffbenchError, match="is not a folder"):
        input_folder(str(file))
    with pytest.raises(EffbenchError, match="is a folder"):
        input_file(str(file.parent))
    with pytest.raises(EffbenchError, match="is not a regular file"):
        input_file("/dev/null")


def test_a_long_error_keeps_both_ends():
    assert shortened("short") == "short"
    text = shortened(f"begin {'x' * 5000} end")
    assert len(text) <= 300
    assert text.startswith("begin x")
    assert text.endswith("x end")
