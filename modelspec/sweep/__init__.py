"""The language of a sweep: its section or file to typed values, and these to points, one at a time.

It knows trees and expressions; it knows nothing of Keras, of files that runs write, nor of terminals.
"""
