"""Wrong recurrent cells."""
