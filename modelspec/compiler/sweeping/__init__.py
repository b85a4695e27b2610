"""A sweep seen through before anything of it runs: every variant compiled without values, and compared."""
