"""``effbench gate``: one module per action."""

SUMMARY = "check whether a change made a model more expensive or slower: exact counts and interleaved timings"
ACTIONS = {name: name for name in ("check", "accept", "run", "calibrate", "baseline", "read")}
"""Action -> its module."""

EXAMPLES = """\
  effbench gate check
  effbench gate run ravit_cifar10:1-3 --base main
  effbench gate calibrate"""
