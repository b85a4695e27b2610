"""An archive held against what it records, a document, a lock and a statement: one verdict for each check.

What passes is intact and matches. Nothing here says that an archive is safe, which `audit` judges, nor who
made it, which a signature would.
"""
