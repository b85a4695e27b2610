"""A live model trained: its batches, what is kept after each epoch, and the caller's own functions."""
