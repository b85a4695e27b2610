"""The stages from text to archive, in order. Knows nothing of the terminal."""
