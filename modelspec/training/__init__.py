"""Training without Keras: files of data read, and the folder of a run. Knows no model and no document."""
