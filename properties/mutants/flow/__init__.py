"""Wrong stacks."""
