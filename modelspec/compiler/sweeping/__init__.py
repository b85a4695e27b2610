"""A sweep, from its document to what its runs came to.

Its points are seen through (`planning`), its folder is opened (`folders`), its runs are driven (`running`);
what they came to is looked at (`looking`), and the sweep changed from outside (`changing`). Each imports only
what stands before it here, and the last two not each other.
"""
