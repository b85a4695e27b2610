"""Flat sections of a document to folded ones: blocks, repeats, rows, defaults; data alone, no Keras."""
