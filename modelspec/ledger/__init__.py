"""The record of a sweep: one ledger with a single writer, a folder for each run, and what they come to.

It knows files, rows and numbers; it knows nothing of documents, of Keras, nor of where runs are run.
"""
