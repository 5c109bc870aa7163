"""Whether a potential is good for a crystal: its card, one table of properties, each by a short function of its own."""
