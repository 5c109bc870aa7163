"""From trajectories to numbers with error bars."""
