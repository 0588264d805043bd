"""Where each photo goes."""
