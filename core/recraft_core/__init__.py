"""Recraft's image API, headless."""
__version__ = "0.1.0"
