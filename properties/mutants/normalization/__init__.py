"""Wrong normalization."""
