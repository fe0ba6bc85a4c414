"""Commands on a terminal and off one: width, colour, how much is said."""

from __future__ import annotations

import re

import pytest

LINE = "flops vit_base_patch16 ravit_imagenet:1-1-8"
COLOUR = re.compile("\033\\[[0-9;]*m")


@pytest.fixture
def terminal(monkeypatch):
    """``terminal(80)``: standard output is a terminal of so many characters."""

    def made(width: int) -> None:
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr("effbench.files.terminal.is_terminal", lambda stream: stream is not None)

    return made


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "line", [LINE, "flops", "list", "flops ci2p_vit --by kind", "flops vit_base_patch16 --by module"]
)
def test_no_line_is_wider_than_the_terminal(effbench, terminal, width, line):
    terminal(width)
    out = COLOUR.sub("", effbench(line).out)
    assert max(map(len, out.splitlines())) <= width


def test_wide_is_as_off_a_terminal(effbench, terminal, monkeypatch):
    piped = effbench(LINE).out
    terminal(60)
    monkeypatch.setenv("NO_COLOR", "1")
    assert effbench(f"{LINE} --wide").out == piped


@pytest.mark.parametrize("style", ["json", "jsonl", "csv", "markdown", "latex", "html"])
def test_other_formats_are_the_same_on_a_terminal(effbench, terminal, style):
    piped = effbench(f"{LINE} --format {style}").out
    terminal(60)
    assert effbench(f"{LINE} --format {style}").out == piped


def test_colour_is_for_terminals(effbench, terminal, monkeypatch):
    assert not COLOUR.search(effbench(LINE).out)
    terminal(80)
    assert "\033[1mmodel" in effbench(LINE).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not COLOUR.search(effbench(LINE).out)


def test_colour_may_be_demanded_but_no_program_gets_it(effbench, monkeypatch, tmp_path):
    piped = effbench(LINE).out
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert COLOUR.sub("", effbench(LINE).out) == piped != effbench(LINE).out
    assert effbench(f"{LINE} --format json").json
    effbench(f"{LINE} --output", tmp_path / "x.txt")
    assert (tmp_path / "x.txt").read_text(encoding="utf-8") == piped


def test_verbose_errors_have_their_origin(effbench):
    code, _, err = effbench("flops nope --verbose")
    assert code == 2
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("effbench: error: unknown model 'nope'")


def test_quiet_says_nothing_but_results(effbench, tmp_path):
    code, _, err = effbench("heatmap --dataset cifar10 --max-layers 2 --quiet --out", tmp_path)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("option", ["--caption x", "--label x"])
def test_what_has_no_effect_is_refused(effbench, option):
    code, _, err = effbench(f"{LINE} --format json {option}")
    assert code == 2
    assert "has no effect on --format json" in err
