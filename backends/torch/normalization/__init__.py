"""Normalization, by torch."""
