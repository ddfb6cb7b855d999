"""Optimizers: pure steps from gradients, state and parameters to new parameters and state."""
