"""The bytes of a `.keras` file: written whole and reproducibly, read guardedly. Knows nothing of models."""
