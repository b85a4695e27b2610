"""What a compiled document may mean otherwise than its author thinks, and the edits that mend it.

Pure functions of the graph, the resolved objects and the linked model's table; knows no files, no terminal
and no Keras.
"""
