"""The folder of a sweep: begun, opened by one process, known by what it is of, and how far it is believed."""
