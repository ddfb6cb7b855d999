"""Initializers: how weights are drawn so that signals and gradients keep their variance."""
