"""Energies and forces from quantum mechanics, tight binding and universal potentials, to be used as labels."""
