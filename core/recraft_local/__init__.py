"""The embedded engine: Recraft's HTTP API served on this computer."""
