"""Models told from what was found of each of their layers before; Keras is asked for new layers only."""
