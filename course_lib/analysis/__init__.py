"""Analyses of structures and trajectories, with error bars."""
