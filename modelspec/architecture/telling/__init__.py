"""A comparison as a reader wants it told: equal edits once, additions by runs, renames by their pattern."""
