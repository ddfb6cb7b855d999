"""Gradient techniques of torch.nn.utils."""
