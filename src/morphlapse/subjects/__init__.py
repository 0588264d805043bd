"""Who is in a photo, and where."""
