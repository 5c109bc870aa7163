"""Newton's equations on a computer: integrators, thermostats and the simulation loop."""
