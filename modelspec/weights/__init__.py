"""The table of variables and their values, drawn and written as a stream; knows no YAML and no graph."""
