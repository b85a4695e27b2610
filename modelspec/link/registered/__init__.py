"""Classes and functions that are not Keras' own: the modules that register them imported, what they register
described as data, and the registry held together for the length of a build.

The only place where code of others runs, and only what the caller allows.
"""
