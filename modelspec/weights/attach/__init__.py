"""Which stored tensor goes into which variable: matching, and the plan that is shown first.

Pure: nothing is read from a file here but what it says of its tensors, and places in documents are the
caller's.
"""
