"""Wrong gradient techniques."""
