"""Regularization, by jax, optax and flax."""
