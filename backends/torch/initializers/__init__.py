"""Initializers of torch.nn.init."""
