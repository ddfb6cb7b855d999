"""Activations of jax.nn."""
