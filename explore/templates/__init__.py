"""The pages, as templates: every value that they print is escaped."""
