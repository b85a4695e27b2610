"""What classes exist in which Keras, with their arguments: data, and the checks made with it.

Knows nothing of Keras itself, of user code and of YAML.
"""
