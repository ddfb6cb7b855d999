"""The flow of signals and gradients through stacks of layers, and what theory says of it."""
