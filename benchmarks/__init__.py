"""asv benchmarks over the same grid: speed as a ratio to a floor, compile time, accuracy."""
