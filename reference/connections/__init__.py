"""Connections: how the layers of a block are joined, and what joins its input to its output."""
