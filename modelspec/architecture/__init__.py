"""What a model is, apart from how it was written or saved: its parts, their wiring, and hashes of both.

Made from serialization dicts, whatever release of Keras wrote them. Knows nothing of documents, files and
values, and needs no Keras.
"""
