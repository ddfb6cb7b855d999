"""Equations for the size of deviations of schedules, with their derivations."""
