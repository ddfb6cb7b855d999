"""Recurrent cells over time, unrolled, with backpropagation through time."""
