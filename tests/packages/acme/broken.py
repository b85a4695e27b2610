"""A module that cannot be imported."""

# What it raises is told with this file and the line below.

raise RuntimeError("not on this machine")
