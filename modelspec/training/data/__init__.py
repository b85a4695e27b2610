"""Files of data: what they hold, told by their heads, and its values. Nothing of a file runs."""
