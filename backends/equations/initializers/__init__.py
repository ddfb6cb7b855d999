"""Equations for the size of deviations of initializers, with their derivations."""
