"""The NumPy references: one function for every technique, with its source, accuracy and facts."""
