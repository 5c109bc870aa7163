"""Run all compiled code of the course once: this compiles it, tests it, and caches the machine code if possible."""


def run_engines():
    """Run the compiled engines on argon and ethanol.

    Returns
    -------
    Path or None
        Folder of the machine code; see :func:`course_lib.compiled.kept_in`.

    Raises
    ------
    ArithmeticError
        If an engine does not agree with the forty lines of NumPy that it replaces.
    """
    from ase.build import molecule

    from course_lib.analysis.rdf import radial_distribution
    from course_lib.compiled import kept_in
    from course_lib.dynamics.simulation import Simulation
    from course_lib.potentials import pair_engine
    from course_lib.potentials.behler_parrinello import BehlerParrinello
    from course_lib.potentials.fast_lennard_jones import FastLennardJones
    from course_lib.potentials.lennard_jones import LennardJones
    from course_lib.structures import argon_crystal

    argon = argon_crystal(4)
    argon.calc = FastLennardJones()
    Simulation(argon, timestep_fs=2.0).run(2)
    radial_distribution([argon], r_max=5.0)
    compiled, argon.calc = argon.get_potential_energy(), LennardJones()
    if abs(compiled - argon.get_potential_energy()) > 1e-6:
        raise ArithmeticError(f"argon has {compiled} eV in the engine and {argon.get_potential_energy()} eV in NumPy")
    ethanol = molecule("CH3CH2OH")
    ethanol.calc = BehlerParrinello(["C", "H", "O"]).calculator()
    ethanol.get_forces()
    return kept_in(pair_engine.advance)
