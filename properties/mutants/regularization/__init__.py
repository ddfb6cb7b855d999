"""Wrong regularization."""
