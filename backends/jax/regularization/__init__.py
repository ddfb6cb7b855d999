"""Regularization, by jax, optax and flax."""

IN_PYTHON = "flax asks in Python whether the rate is 0 or 1, which a traced number does not allow"
