"""The only room that imports Keras: a resolved graph becomes a model without values and its canonical dict.

Knows nothing of files.
"""
