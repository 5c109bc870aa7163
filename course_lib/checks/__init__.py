"""What an exercise is tested on: physical properties, with a hint for each known mistake."""
