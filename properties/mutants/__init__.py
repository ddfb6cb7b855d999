"""Wrong implementations, planted on purpose: the proof that every law can fail."""
