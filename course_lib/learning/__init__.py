"""Fitting a potential to energies and forces, and judging what was fitted."""
