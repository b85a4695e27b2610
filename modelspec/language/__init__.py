"""Tree to closed spec: includes, variables, blocks and repeats are gone after it. Knows nothing of Keras."""
