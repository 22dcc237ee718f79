"""Drawings kept as text."""
