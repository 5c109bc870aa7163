"""Small data made by this project's own scripts (``make_*.py`` beside them), each with its checksum."""
