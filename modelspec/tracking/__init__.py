"""What runs measure, told to trackers of experiments: while a sweep runs, or afterwards.

It knows rows, metrics and the clients of trackers; it knows nothing of documents, of Keras, nor of processes.
"""
