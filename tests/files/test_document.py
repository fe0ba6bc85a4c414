"""JSON from files: what is none is an error that says where."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError
from effbench.files.document import NotJson, parsed, read_json


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "line 1, column 1"),
        (b'{"a": 1,\n "b"}', "line 2, column 5"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": "\xff"}', "byte 7: not UTF-8"),
        (b"1" * 5000, "Exceeds the limit"),
    ],
)
def test_what_is_no_json_says_where(tmp_path, text, said):
    with pytest.raises(NotJson, match=said):
        parsed(text)
    (tmp_path / "a.json").write_bytes(text)
    with pytest.raises(EffbenchError, match=said):
        read_json(tmp_path / "a.json")


def test_a_folder_or_a_device_is_not_read(tmp_path):
    with pytest.raises(EffbenchError, match="Is a directory"):
        read_json(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
