"""Files of weights in every format that is read, opened under guard; their values are read in place."""

from modelspec.archive.checkpoint.arrays import checkpoint_of_arrays
from modelspec.archive.checkpoint.opening import open_checkpoint

__all__ = ["checkpoint_of_arrays", "open_checkpoint"]
