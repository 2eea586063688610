"""Candidates for the reviewer: what a list, a vendor file or GLEIF names, beside what the catalogue has.

`entries` reads what is to be matched, `gleif` the LEI records, both on top of `tables`; `names` compares two
names; `candidates` puts it together; `review` writes the lines of the catalogue that would decide.
"""
