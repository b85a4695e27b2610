"""From a model's serialization dict to a document that compiles to an equal model; no Keras is imported."""
