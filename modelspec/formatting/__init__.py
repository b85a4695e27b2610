"""The text of a document brought into the house's form by edits; it knows text and tokens, no language."""
