"""Data only: one TOML file each, described in docs/catalogue.md."""
