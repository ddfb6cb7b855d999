"""Equations for the size of deviations of normalization, with their derivations."""
