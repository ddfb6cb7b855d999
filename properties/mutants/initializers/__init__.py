"""Wrong initializers."""
