"""Gradient techniques of optax."""
