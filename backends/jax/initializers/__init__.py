"""Initializers of jax.nn.initializers."""
