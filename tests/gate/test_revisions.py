"""Two revisions side by side: what each imports, what each holds, and that nothing of it stays."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.gate.revisions import Checkout, checkouts


def says(side: Checkout, code: str) -> str:
    """What the side's interpreter prints, run as a worker is: in the folder, without it on the path."""
    command = [str(side.python), "-E", "-P", "-c", code]
    ran = subprocess.run(command, cwd=side.folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def is_clean(repo) -> bool:
    """No work tree but the first, nothing in the temporary folder."""
    return len(repo.trees()) == 1 and not any((repo.folder.parent / "temporary").iterdir())


def test_each_side_imports_the_effbench_of_its_own_revision(repository):
    """Also where the running effbench is an editable install, whose .pth would put the running one in front."""
    repo = repository()
    old, new = repo.package("effbench", "9.8.0"), repo.package("effbench", "9.9.0")
    with checkouts(repo.folder, "HEAD~1", "main") as (base, head):
        said = [says(side, "import effbench; print(effbench.__version__, effbench.__file__)") for side in (base, head)]
        assert [line.split()[0] for line in said] == ["9.8.0", "9.9.0"]
        for side, line in zip((base, head), said, strict=True):
            assert side.python.parent.parent in Path(line.split()[1]).parents
        assert (base.commit, head.commit) == (old, new)
        assert base.label == f"HEAD~1 ({old[:8]})"
    assert is_clean(repo)


def test_the_working_tree_is_measured_as_it_is(repository):
    repo = repository()
    repo.commit({"my_model.py": "VALUE = 1\n", "gone.py": "", "kept.py": "VALUE = 0\n", ".gitignore": "*.log\n"})
    repo.write({"my_model.py": "VALUE = 2\n", "new/part.py": "VALUE = 3\n", "noise.log": ""})
    (repo.folder / "gone.py").unlink()
    (repo.folder / "link.py").symlink_to("kept.py")
    with checkouts(repo.folder, "main", None) as (base, head):
        assert says(base, "import my_model; print(my_model.VALUE)") == "1"
        assert says(head, "import my_model, new.part; print(my_model.VALUE, new.part.VALUE)") == "2 3"
        present = {str(path.relative_to(head.folder)) for path in head.folder.rglob("*.*") if path.is_file()}
        assert {"my_model.py", "new/part.py", "kept.py", "link.py"} <= present
        assert not {"gone.py", "noise.log"} & present
        assert (base.folder / "gone.py").is_file()
        assert head.label.startswith("working tree (")
        assert head.label.endswith(", changed)")
        (repo.folder / "my_model.py").write_text("VALUE = 4\n")  # an edit during the measurement
        assert says(head, "import my_model; print(my_model.VALUE)") == "2"
    assert repo.git("status", "--porcelain") == "D gone.py\n M my_model.py\n?? link.py\n?? new/".strip()
    assert is_clean(repo)


def test_a_clean_working_tree_is_its_last_commit(repository):
    repo = repository()
    commit = repo.commit({"my_model.py": ""})
    with checkouts(repo.folder, "HEAD", None) as (base, head):
        assert (base.commit, head.commit) == (commit, commit)
        assert head.label == f"working tree ({commit[:8]})"
        assert base.folder != head.folder


def test_a_project_without_packaging_finds_libraries_and_the_running_effbench(repository):
    """A pyproject.toml that only sets up tools is no packaging."""
    repo = repository()
    repo.commit({"nets/vit.py": "DEPTH = 12\n", "pyproject.toml": "[tool.ruff]\nline-length = 99\n"})
    with checkouts(repo.folder, "main", None) as (base, _):
        found = says(
            base, "import nets.vit, effbench.models.registry, tabulate; print(nets.vit.DEPTH, effbench.__version__)"
        )
        assert found.split()[0] == "12"
        assert says(base, "import effbench.processes.environment as e; print(e.revision().commit)") == base.commit


def test_a_project_in_a_folder_of_the_repository(repository):
    repo = repository()
    repo.commit({"other.txt": ""})
    repo.commit({"part/my_model.py": "VALUE = 5\n"})
    with checkouts(repo.folder / "part", "main", "main") as (base, _):
        assert base.folder.name == "part"
        assert says(base, "import my_model; print(my_model.VALUE)") == "5"
    with pytest.raises(EffbenchError, match=r"main~1 \(\w+\) has no folder part"):
        checkouts(repo.folder / "part", "main~1", "main").__enter__()
    assert is_clean(repo)


def test_hooks_of_the_repository_do_not_run_and_those_who_run_us_do_not_disturb(repository, monkeypatch):
    repo = repository()
    repo.commit({"my_model.py": ""})
    hook = repo.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repo.folder}/hooked\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_DIR", str(repo.folder / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo.folder / "nowhere" / "index"))
    with checkouts(repo.folder, "main", None) as (base, _):
        assert (base.folder / "my_model.py").is_file()
    assert not (repo.folder / "hooked").exists()


def test_nothing_stays_after_an_interrupt(repository):
    repo = repository()
    repo.commit({"my_model.py": ""})
    with pytest.raises(KeyboardInterrupt), checkouts(repo.folder, "main", None):
        raise KeyboardInterrupt
    assert is_clean(repo)


def test_nothing_stays_after_an_interrupted_installation(repository, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    repo = repository()
    repo.commit({"my_model.py": ""})
    monkeypatch.setattr("effbench.gate.overlay.make", interrupted)
    with pytest.raises(KeyboardInterrupt), checkouts(repo.folder, "main", None):
        pass
    assert is_clean(repo)


HOLD = """
import sys, time
from pathlib import Path
from effbench.gate import overlay
from effbench.gate.revisions import checkouts
overlay.make = lambda place, *_, **__: place
with checkouts(Path(sys.argv[1]), "main", None) as (base, head):
    print(base.folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def another(repository, monkeypatch):
    """A repository, and a run in it that is at work in a process of its own; the folder of its base."""
    repo = repository()
    repo.commit({"my_model.py": ""})
    monkeypatch.setattr("effbench.gate.overlay.make", lambda place, *_, **__: place)
    environment = os.environ | {"TMPDIR": str(repo.folder.parent / "temporary")}
    command = [sys.executable, "-c", HOLD, str(repo.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield repo, process, Path(process.stdout.readline().strip())
        process.kill()


def killed(process) -> None:
    process.kill()
    process.wait()


def test_what_a_killed_run_left_is_removed_by_the_next(another):
    repo, process, _ = another
    killed(process)
    assert len(repo.trees()) == 3
    with checkouts(repo.folder, "main", None):
        assert len(repo.trees()) == 3
        assert len(list((repo.folder.parent / "temporary").glob("effbench-gate-*"))) == 1
    assert is_clean(repo)


def test_what_was_killed_while_its_work_tree_was_made_is_removed(another):
    """Git locks a work tree that it is making."""
    repo, process, base = another
    repo.git("worktree", "lock", "--reason=initializing", str(base))
    killed(process)
    (base / ".git").unlink()
    with checkouts(repo.folder, "main", None):
        pass
    assert is_clean(repo)


def test_entries_of_a_killed_run_whose_folder_is_gone_are_removed(another):
    import shutil

    repo, process, base = another
    killed(process)
    shutil.rmtree(base.parent.parent)  # as at a new start of the machine
    base.parent.parent.mkdir()
    with checkouts(repo.folder, "main", None):
        pass
    assert is_clean(repo)


def test_a_run_that_is_at_work_is_let_be(another):
    repo, _, base = another
    with checkouts(repo.folder, "main", None):
        assert len(repo.trees()) == 5
    assert len(repo.trees()) == 3
    assert (base / "my_model.py").is_file()


def test_a_user_s_own_work_trees_stay(repository, monkeypatch):
    """Also one whose disk is absent, and one that is called as ours are."""
    monkeypatch.setattr("effbench.gate.overlay.make", lambda place, *_, **__: place)
    repo = repository()
    repo.commit({"my_model.py": ""})
    for name in ("absent", "effbench-gate-mine/base", "effbench-gate-0123456789abcdef/base"):
        repo.git("worktree", "add", "--quiet", "--detach", str(repo.folder.parent / name))
    (repo.folder.parent / "absent").rename(repo.folder.parent / "elsewhere")
    with checkouts(repo.folder, "main", None) as (base, _):
        (base.folder / ".git").unlink()  # damaged: nothing of the others may be taken for it
    assert len(repo.trees()) == 4
    assert (repo.folder.parent / "effbench-gate-0123456789abcdef" / "base" / "my_model.py").is_file()


def test_a_work_tree_that_was_deleted_meanwhile_is_forgotten(repository):
    import shutil

    repo = repository()
    repo.commit({"my_model.py": ""})
    with checkouts(repo.folder, "main", None) as (base, _):
        shutil.rmtree(base.folder)
    assert is_clean(repo)


def test_a_revision_that_cannot_be_built_is_named_with_the_reason(repository):
    repo = repository()
    repo.package("toy", "1.0")
    repo.package("toy", "1.1", first="raise RuntimeError('the compiler is out of order')")
    with pytest.raises(EffbenchError, match=r"^main \(\w+\): pip install \. failed: .*compiler is out of order"):
        checkouts(repo.folder, "main", "main~1").__enter__()
    assert is_clean(repo)


def test_a_full_disk_is_named(repository, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    repo = repository()
    repo.commit({"my_model.py": ""})
    repo.write({"my_model.py": "VALUE = 2\n"})
    monkeypatch.setattr("shutil.copy2", full)
    with pytest.raises(EffbenchError, match="working tree cannot be copied: No space left on device"):
        checkouts(repo.folder, "main", None).__enter__()
    assert is_clean(repo)


def test_an_unknown_revision_offers_the_nearest(repository):
    repo = repository()
    repo.commit({})
    repo.git("tag", "v1.0")
    repo.git("branch", "feature-exits")
    with pytest.raises(UnknownName, match=r"unknown revision 'feature-exit'; did you mean feature-exits\?"):
        checkouts(repo.folder, "main", "feature-exit").__enter__()
    with pytest.raises(UnknownName, match=r"unknown revision '--all'; known: feature-exits, main, v1\.0"):
        checkouts(repo.folder, "--all", None).__enter__()
    assert is_clean(repo)


def test_of_many_branches_not_all_are_listed(repository):
    repo = repository()
    repo.commit({})
    for number in range(25):
        repo.git("tag", f"release-{number:03}")
    with pytest.raises(UnknownName, match=r"known: main, release-000, .* and \d+ more") as caught:
        checkouts(repo.folder, "zzz", None).__enter__()
    assert len(str(caught.value)) <= 300


def test_a_shallow_clone_is_told_what_it_lacks(repository):
    repo = repository()
    repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    clone = repo.folder.parent / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", repo.folder.as_uri(), clone], check=True)
    with pytest.raises(EffbenchError, match="shallow: fetch the full history"):
        checkouts(clone, "HEAD~1", None).__enter__()


def test_where_there_is_no_repository_or_no_commit(repository, tmp_path):
    with pytest.raises(EffbenchError, match="is not in a git repository"):
        checkouts(tmp_path, "main", None).__enter__()
    with pytest.raises(EffbenchError, match="no such folder"):
        checkouts(tmp_path / "nowhere", "main", None).__enter__()
    with pytest.raises(EffbenchError, match="has no commit yet"):
        checkouts(repository().folder, "HEAD", None).__enter__()


def test_without_git(repository, monkeypatch):
    repo = repository()
    monkeypatch.setenv("PATH", str(repo.folder))
    with pytest.raises(EffbenchError, match="git is not installed"):
        checkouts(repo.folder, "main", None).__enter__()
