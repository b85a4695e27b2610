"""From the flat sections of a document to folded ones: blocks, repeats, rows and defaults; pure data, no Keras."""
