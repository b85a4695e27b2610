"""Points of a sweep seen through before anything runs: compiled without values, judged, compared."""
