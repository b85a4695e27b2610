"""Where the values of a Keras 2 model go in Keras 3: by its config and by names, nothing is read here."""
