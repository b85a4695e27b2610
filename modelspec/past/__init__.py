"""Keras 2 as data: which files are of it, and what their configs mean to Keras 3.

Nothing of them runs, and no Keras is asked. The room knows nothing of documents.
"""
