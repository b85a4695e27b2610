"""A JSON Schema of the language for editors, made from the catalog and Keras' documentation."""
