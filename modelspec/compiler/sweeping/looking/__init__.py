"""What a sweep came to: shown, compared, told to other programs, made a document of; nothing is changed."""
