"""Standard output that is closed, full or narrow: no traceback, whatever stands behind the pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="redirections of a POSIX shell")


def shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A shell line in which $EFFBENCH is the command."""
    known = {**os.environ, "EFFBENCH": f"{sys.executable} -m effbench", **environment}
    return subprocess.run(
        ["sh", "-c", script], env=known, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("line", ["flops", "claims --quiet --all --format json"])
def test_a_reader_that_has_seen_enough_is_no_error(line):
    ran = shell(f"$EFFBENCH {line} | true")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("line", ["flops", "claims --quiet --all --format json"])
def test_a_full_disk_behind_a_redirection_is_one_line(line):
    ran = shell(f"$EFFBENCH {line} > /dev/full")
    assert (ran.returncode, ran.stderr) == (2, "effbench: error: No space left on device\n")


def test_a_closed_standard_output_is_one_line():
    ran = shell("$EFFBENCH flops >&-")
    assert ran.returncode == 2
    assert ran.stderr.startswith("effbench: error: ")
    assert ran.stderr.count("\n") == 1


def test_an_encoding_without_a_character_makes_no_traceback():
    ran = shell("$EFFBENCH flops", PYTHONIOENCODING="ascii")
    assert "Traceback" not in ran.stderr
    assert "23.127 G" in ran.stdout


def test_an_error_leaves_standard_output_empty():
    ran = shell("$EFFBENCH flops --sizes 250")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("effbench: error: vit_base_patch16_gap: image size must be a multiple of 16, got 250")
    assert ran.stderr.count("\n") == 1


def test_the_exit_code_of_success_is_0():
    ran = shell("$EFFBENCH --version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("effbench ")
