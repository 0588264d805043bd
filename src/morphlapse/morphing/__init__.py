"""How one photo becomes the next."""
