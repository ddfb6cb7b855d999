"""What must hold: laws that measure how far a backend is from the references, and who judges."""
