"""The search for better points: what was tried to the point that is tried next, and runs that promise little.

It knows spaces, values and Optuna, which it alone imports, late; it knows nothing of documents, of the files
of a ledger, nor of processes.
"""
