"""Values that lie in files: planned for a document, an archive or a live model, listed, written elsewhere."""
