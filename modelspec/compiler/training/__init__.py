"""A document's model trained: data checked and read, a run in its folder, the trained archive."""
