"""What runs inside a measured process: one network at a time is stepped, and every step's clocks are reported.

The folder is started by path under the Python of the revision that is measured, which may hold another effbench. So its
modules import each other relatively, and of effbench only ``models.registry.resolve``,
``models.plugins.allow`` where there is one, and ``counting.counters.networks``.
"""
