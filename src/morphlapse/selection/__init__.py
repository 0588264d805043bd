"""Which photos make the film."""
