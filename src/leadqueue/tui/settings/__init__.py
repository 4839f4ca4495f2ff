"""The user's settings: what they are, how they are read and written, and how they take effect."""
