"""Gradient techniques: what is done to a tree of gradients before an optimizer sees it."""
