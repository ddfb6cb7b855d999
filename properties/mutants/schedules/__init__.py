"""Wrong schedules."""
