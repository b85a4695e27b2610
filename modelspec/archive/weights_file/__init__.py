"""Files of weights written whole or not at all, in every format; equal tensors give equal bytes."""
