"""`modelspec.lock`: what documents are made of and come to, kept beside them and compared again."""
