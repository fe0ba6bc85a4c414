"""Sessions: ``nox`` runs all, each with what it needs. The suite alone: ``pip install '.[dev]' && pytest``."""

from pathlib import Path

import nox

nox.options.sessions = [
    "lint",
    "types",
    "contracts",
    "tests",
    "tests_torch",
    "exact",
    "light",
    "reports",
    "docs",
    "build",
    "installed",
]
nox.options.default_venv_backend = "venv"


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install("ruff>=0.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict in the pure layers."""
    session.install(".[dev]")
    session.run("mypy")


@nox.session
def contracts(session: nox.Session) -> None:
    """Import layers."""
    session.install(".", "import-linter>=2.0")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """The suite without torch: networks are skipped, everything else runs."""
    session.install(".[dev]")
    session.run("pytest", *session.posargs)


@nox.session
def tests_torch(session: nox.Session) -> None:
    """The whole suite."""
    session.install(".[dev,measure,deploy,train,cluster,docs]")
    session.run("pytest", *session.posargs)


@nox.session
def exact(session: nox.Session) -> None:
    """Operations, parameters and bytes of every model are those of the committed snapshot."""
    session.install(".[measure]")
    session.run("effbench", "gate", "check")


@nox.session
def light(session: nox.Session) -> None:
    """The light core alone: commands run without any extra."""
    session.install(".")
    session.run("effbench", "flops", "--sizes", "256", "384", "512")
    session.run("effbench", "claims", "--format", "csv", silent=True)
    session.run("effbench", "heatmap", "--dataset", "cifar10")


@nox.session
def reports(session: nox.Session) -> None:
    """``reports`` is what the committed records make; drawings are compared by their data."""
    session.install(".[measure,report]")
    session.run("effbench", "report", "--out", "reports")
    drawings = [":!reports/figures/*.svg", ":!reports/figures/*.png"]
    session.run("git", "diff", "--exit-code", "--", "reports", "baselines", *drawings, external=True)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Hot paths, timed."""
    session.install(".[dev]")
    session.run("pytest", "benchmarks", "--benchmark-enable", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Every bad command line and damaged file ends with its exit code, one short line and no traceback."""
    session.install(".[dev,measure,train,deploy]")
    session.run("python", "tests/fuzz/campaign.py", "--out", "baselines/fuzz.json", *session.posargs)


@nox.session
def against_torch(session: nox.Session) -> None:
    """Drawn networks and 400 of timm's, counted as PyTorch counts them; half an hour. The record is committed."""
    session.install(".[measure]")
    session.run("python", "benchmarks/against_torch.py", "--out", "reports/counting/against_torch.json")


@nox.session
def against_tools(session: nox.Session) -> None:
    """Conventions of tools against the tools themselves; the record is committed."""
    session.install(".[measure]")
    tools = ("accelerate", "calflops==0.3.2", "thop==0.1.1.post2209072238", "torchinfo==1.8.0", "torchprofile==0.1.0")
    session.install("--no-deps", *tools)  # the extra "tools" without what they would bring: torch stays as it is
    session.run(
        "python",
        "benchmarks/against_tools.py",
        "--drawn",
        "500",
        "--models",
        "300",
        "--seed",
        "1000",
        "--out",
        "reports/counting/against_tools.json",
    )


@nox.session
def closed_forms(session: nox.Session) -> None:
    """Closed forms of 400 networks of timm, at sizes that they were not made from; hours. The record is committed."""
    session.install(".[measure]")
    session.run("python", "benchmarks/closed_forms.py", "--out", "baselines/closed_forms.jsonl", *session.posargs)


@nox.session
def kills(session: nox.Session) -> None:
    """Writing commands killed at random moments, and shared files with many writers; an hour. Records are committed."""
    session.install(".[measure,report,train]")
    session.run("python", "benchmarks/kills.py", "--out", "baselines/kills.jsonl", *session.posargs)
    session.run("python", "benchmarks/writers.py", "--out", "baselines/writers.jsonl")
    lockless = ("benchmarks/writers.py", "--rounds", "60", "--without-lock", "--out", "baselines/writers.jsonl")
    session.run("python", *lockless, success_codes=[1], silent=True)


@nox.session
def mutants(session: nox.Session) -> None:
    """Errors drawn into the package, each of which a test must find; an hour. The record is committed."""
    session.install("-e", ".[dev,measure]")
    session.run("python", "benchmarks/mutants.py", "--out", "baselines/mutants.jsonl", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation site, into ``site``; any warning is an error."""
    session.install(".[docs]")
    session.run("mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def build(session: nox.Session) -> None:
    """Wheel and sdist; the wheel carries the data files."""
    session.install("build", "twine")
    session.run("python", "-m", "build", "--outdir", session.create_tmp())
    session.run("twine", "check", f"{session.create_tmp()}/*", external=False)


@nox.session
def installed(session: nox.Session) -> None:
    """The wheel alone, in an environment of its own and from another folder: first count, data files, types."""
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", session.create_tmp())
    (wheel,) = Path(session.create_tmp()).resolve().glob("effbench-*.whl")
    session.install(f"{wheel}[measure]", "pytest", "pytest-benchmark", "mypy", "pyright", "hypothesis")
    session.run("pytest", "tests/release", "-p", "no:cacheprovider", env={"EFFBENCH_WHEEL": str(wheel)})
