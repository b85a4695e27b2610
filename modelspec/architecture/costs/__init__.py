"""What a layer costs to compute, from the shapes around it and of its variables; no values, and no Keras."""
