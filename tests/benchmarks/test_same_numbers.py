"""``benchmarks/same_numbers.py``: any other value, and any value that one tree alone has, is a difference."""

from __future__ import annotations

from pathlib import Path

import pytest
import same_numbers as script

RULES = {"expected": [{"output": "flops *", "path": "*.cost", "reason": "a new price"}]}


@pytest.mark.parametrize(
    ("style", "old", "new", "differences"),
    [
        ("json", '[{"a": 1, "b": [0.5]}]', '[{"a": 1, "b": [0.5]}]', {}),
        ("json", '[{"a": 1}]', '[{"a": 1.0}]', {"0.a": "1 -> 1.0"}),
        ("json", '[{"a": 1}]', '[{"a": "1"}]', {"0.a": '1 -> "1"'}),
        ("json", '{"a": 0.1000000000000000055}', '{"a": 0.1}', {"a": "0.1000000000000000055 -> 0.1"}),
        (
            "json",
            '{"a": []}',
            '{"a": [1], "b": null}',
            {"a": "[] -> absent", "a.0": "absent -> 1", "b": "absent -> null"},
        ),
        ("csv", "a,b\n1,x\n", "a,b\n1,y\n2,z\n", {"0.b": "x -> y", "1.a": "absent -> 2", "1.b": "absent -> z"}),
        ("html", '<script type="application/json" id="data">[1]</script>', "<p>", {"0": "1 -> absent"}),
    ],
)
def test_values_are_compared_one_by_one(style: str, old: str, new: str, differences: dict[str, str]) -> None:
    found = script.compared("x", *(script.Output(style=style, text=text) for text in (old, new)), RULES)
    assert found.differences == differences


def test_expected_differences_and_another_order_are_remarks() -> None:
    old, new = (script.Output(style="json", text=text) for text in ('[{"cost": 1, "n": 2}]', '[{"cost": 3, "n": 2}]'))
    found = script.compared("flops x", old, new, RULES)
    assert (found.differences, found.expected, found.remark) == ({}, 1, "a new price")
    turned = script.Output(style="json", text='[{"n": 2, "cost": 1}]')
    assert script.compared("flops x", old, turned, RULES).remark == "keys in another order"


def test_a_command_that_one_tree_lacks_or_ends_otherwise_is_a_difference() -> None:
    good, bad = script.Output(style="json", text="[1]"), script.Output(style="json", text="", code=2, said="no")
    assert script.compared("x", good, None, RULES).differences == {"": "only in the old tree"}
    assert script.compared("x", good, bad, RULES).differences == {"": "exit code 0 -> 2: no"}
    assert script.compared("x", bad, good, RULES).remark == "not compared: the old tree refuses it"
    assert "exit code 2" in script.compared("x", bad, bad, RULES).remark


def test_commands_of_a_readme(tmp_path: Path) -> None:
    text = "```sh\na && effbench flops x  # why\n```\n```console\n$ effbench claims | head\nClaims\n```\neffbench no\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert script.readme_commands(tmp_path) == ["flops x", "claims"]
