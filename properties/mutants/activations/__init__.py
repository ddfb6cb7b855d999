"""Wrong activations."""
