"""What a sweep came to, for people: a leaderboard, what mattered, and one page of HTML with all of it.

Rows of the ledger in, values and texts out. It knows nothing of folders, of the terminal, nor of Keras.
"""
