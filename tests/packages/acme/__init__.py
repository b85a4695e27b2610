"""A package as a user has one: layers and functions registered with Keras."""
