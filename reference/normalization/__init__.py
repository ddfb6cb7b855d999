"""Normalization: numbers brought to a common level and a common size."""
