"""Activations: value, first and second derivative, stable over the whole range of floats."""
