"""The table of variables and their values, drawn and written as a stream. Knows nothing of YAML or the graph."""
