"""``effbench gate``: one module per action."""

SUMMARY = "did this change make a model dearer or slower? Exact counts, and timings in lock-step"
ACTIONS = {name: name for name in ("check", "accept", "run", "calibrate", "baseline", "read")}
"""Action -> its module."""

EXAMPLES = """\
  effbench gate check
  effbench gate run ravit_cifar10:1-3 --base main
  effbench gate calibrate"""
