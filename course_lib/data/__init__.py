"""Small data made by this project's own scripts (``tools/make_data``), each file with its checksum and its origin."""
