"""Closed spec to graph: names, references and wiring settled. Knows nothing of YAML."""
