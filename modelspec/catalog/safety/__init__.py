"""What a serialization tree may hold: names from an allowlist, no code, no paths, no absurd sizes."""
