"""``[tool.effbench]`` of a project: defaults, checked; never code, never a file that is written."""

from __future__ import annotations

import pytest


@pytest.fixture
def project(tmp_path, monkeypatch):
    """``project("convention = 'macs'")`` in a folder below that of the file."""

    def made(text: str):
        (tmp_path / "pyproject.toml").write_text(f"[tool.effbench]\n{text}\n", encoding="utf-8")
        (tmp_path / "below").mkdir()
        monkeypatch.chdir(tmp_path / "below")
        return tmp_path / "pyproject.toml"

    return made


def test_a_default_holds_for_what_was_not_typed(effbench, project):
    project("format = 'json'\n[flops]\nsize = [256]".replace("[flops]", "[tool.effbench.flops]"))
    assert effbench("flops vit_base_patch16").json[0]["size"] == 256
    assert effbench("flops vit_base_patch16 --size 384").json[0]["size"] == 384
    assert effbench("flops vit_base_patch16 --format csv").csv[0]["size"] == "256"


def test_a_command_that_has_no_such_option_goes_on(effbench, project):
    project("convention = 'flops'")
    assert effbench("list").code == 0
    assert effbench("flops vit_base_patch16 --format json").json[0]["convention"] == "flops"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("convntion = 'macs'", "unknown key of tool.effbench 'convntion'; did you mean convention"),
        ("convention = 'mac'", "tool.effbench.convention: unknown convention 'mac'; did you mean macs"),
        ("convention = 3", "tool.effbench.convention must be a text, got 3"),
        ("format = 'jsn'", "tool.effbench.format must be one of table, json"),
        ("wide = 'yes'", "tool.effbench.wide must be true or false, got 'yes'"),
        ("threads = true", "tool.effbench.threads must be a whole number"),
        ("flops = 3", "tool.effbench.flops must be a table, got 3"),
        ("[tool.effbench.flops]\nbtach = 3", "unknown key of tool.effbench.flops 'btach'; did you mean batch"),
        ("[tool.effbench.flops]\nbatch = 'x'", "tool.effbench.flops.batch: 'x' is not a whole number"),
        ("[tool.effbench.flops]\nbatch = [1, 2]", "tool.effbench.flops.batch must be one value"),
        ("[tool.effbench.flops]\nby = 'colour'", "tool.effbench.flops.by: invalid choice: 'colour'"),
        (
            "[tool.effbench.flops]\nsize = {a = 1}",
            "unknown key of tool.effbench.flops 'size'" if False else "tool.effbench.flops",
        ),
        ("[tool.effbench.flops]\noutput = '../x.csv'", "unknown key of tool.effbench.flops 'output'"),
        ("[tool.effbench.profile]\nrelative-to = 'evil.py'", ""),
        ("x =", "is no TOML file"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(effbench, project, text, said):
    path = project(text)
    code, out, err = effbench("profile vit_cifar10:3" if "profile" in text else "flops vit_base_patch16")
    assert (code, out) == (2, "")
    assert str(path) in err
    assert said in err
    assert err.count("\n") == 1
    assert len(err.replace(str(path), "")) <= 320


def test_an_error_of_a_default_names_its_file(effbench, project):
    path = project("[tool.effbench.flops]\ndepth = 0\nby = 'module'")
    assert f"({path} sets depth, by)" in effbench("flops vit_base_patch16").err


def test_another_tools_file_is_nobodys_business(effbench, tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = [1,")
    monkeypatch.chdir(tmp_path)
    assert effbench("flops vit_base_patch16").code == 0
