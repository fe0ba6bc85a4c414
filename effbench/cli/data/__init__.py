"""``effbench data``: one module per action."""

SUMMARY = "the data sets: where their files are wanted, how to get them, and whether they are whole"
ACTIONS = {"list": "ls", "check": "check"}
"""Action -> its module."""

EXAMPLES = """\
  effbench data list
  effbench data list cifar10
  effbench data check tiny-imagenet --data /data"""
