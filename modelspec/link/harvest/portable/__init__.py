"""Which keys of a config every Keras fills in itself, tried class by class and release by release.

`python -m modelspec.link.harvest.portable try -o keras-3.5.json` tries the installed Keras; `merge` makes one
file of what several releases have shown.
"""
