"""Newton's equations on a computer: integrators, thermostats, a barostat, the simulation loop and its checkpoints."""
