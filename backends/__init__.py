"""One folder for each library, with the same file names: what it offers for each technique."""
