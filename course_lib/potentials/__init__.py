"""Potentials, one family a file; each is an ASE calculator."""
