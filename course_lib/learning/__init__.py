"""Fitting a potential to energies and forces, and measuring its errors."""
