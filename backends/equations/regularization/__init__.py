"""Equations for the size of deviations of regularization, with their derivations."""
