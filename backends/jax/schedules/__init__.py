"""Schedules of optax."""
