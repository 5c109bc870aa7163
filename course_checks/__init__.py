"""What the exercises are tested on: physical properties, with a hint for each known mistake."""
