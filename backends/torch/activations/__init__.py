"""Activations of torch.nn.functional."""
