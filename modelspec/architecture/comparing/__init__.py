"""Two architectures held against each other: which node is which, what was done, and what follows from it."""
