"""What modelspec promises about time and memory, measured side by side: `python -m benchmarks --help`."""
