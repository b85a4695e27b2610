"""A sweep driven: runs from a source to an executor, and what becomes of each into the ledger."""
