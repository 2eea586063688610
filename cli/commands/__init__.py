"""One module per command, found by name."""
