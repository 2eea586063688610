"""Who serves, for what reason: observations and catalogue in, attributions and conclusions out; pure."""
