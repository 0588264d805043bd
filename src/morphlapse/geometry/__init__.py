"""Points and matrices, no pixels."""
