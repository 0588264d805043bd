"""The verbs of the first two tiers: they wire the rooms, choose the device and tell of progress."""
