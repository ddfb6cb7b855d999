"""Equations for the size of deviations of optimizers, with their derivations."""
