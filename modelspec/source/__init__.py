"""Text to tree: YAML read as events into nodes that know their places. Knows nothing of models or Keras."""
