"""The shared definitions: one versioned file that says what a lead is and what may happen to it."""
