"""effbench: what a vision transformer really costs, and whether published efficiency claims hold.

The map (a number is born in one place and flows downwards):

cost      operations as pure functions of shapes, and the conventions that price them
spec      how a model is described, and the grammar of model names
models    one file per family: specification, cost, variants
registry  model name -> description, cost and network
plugins   model files of users and of other packages
nn        torch networks; with ``counters``, ``worker``, ``data`` and ``train`` the only places that import torch
counters  operations of a network that runs: our counter, and adapters to others
operations  operations of any model, by formula or counted and kept
worker    what runs inside a measured process: a network is stepped, clocks are read; imports torch
lockstep  measured processes and the turns they take
data      data sets as they lie on disk, embedded ones, batches of images; imports torch when one is opened
train     recipes as data, one loop, checkpoints; imports torch when a training starts
sweep     many trainings: plan, store, executors
file_name  names that become files stay in the folder meant
stats     intervals of samples and of paired comparisons
child     programs that end with this process, whatever ends it
environment  the machine, versions and revision a measurement was made under
journal   finished results, line by line, that outlive a crash
gate      regression verdicts: exact counts, and timings of two revisions in lock-step
early_exit  exit policies, their thresholds chosen with a guarantee, true expected cost, inference
cache     results that are dear to make, on disk
claims    what papers printed, as data
records   one row shape for every number, whatever its source
audit     published figures against ours; verdicts are computed here
suite     the whole flow, once
report    tables and figures from records
cli       one module per command
"""

__version__ = "0.1.0"
