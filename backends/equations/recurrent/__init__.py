"""Equations for the size of deviations of recurrent cells, with their derivations."""
