"""Archived bytes to typed observations: pure functions, one module per protocol, found by convention."""
