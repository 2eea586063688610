"""Evidence: WARC files, their index, and their verification."""
