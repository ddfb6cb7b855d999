"""Equations for the size of deviations of gradient techniques, with their derivations."""
