"""``effbench data``: one module per action."""

SUMMARY = "list and check the data sets: where their files go, how to get them, whether they are complete"
ACTIONS = {"list": "ls", "check": "check"}
"""Action -> its module."""

EXAMPLES = """\
  effbench data list
  effbench data list cifar10
  effbench data check tiny-imagenet --data /data"""
