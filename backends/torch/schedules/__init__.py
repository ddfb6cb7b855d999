"""Schedules of torch.optim.lr_scheduler."""
