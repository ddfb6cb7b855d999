"""Equations for the size of deviations of connections, with their derivations."""
