"""Where energies and forces come from when we do not fit them ourselves."""
