"""Pixels: pure functions of tensors."""
