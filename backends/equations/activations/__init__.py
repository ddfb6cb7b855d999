"""Equations for the size of deviations of activations, with their derivations."""
