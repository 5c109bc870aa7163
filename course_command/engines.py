"""Run all that the course compiles, once: by then it is compiled, works, and its machine code is kept if it can be."""


def run_engines():
    """Let the compiled engines move argon and say what acts on ethanol.

    Returns
    -------
    Path or None
        As of :func:`course_lib.compiled.kept_in`.

    Raises
    ------
    ArithmeticError
        Where an engine and the forty lines of NumPy that it stands for do not agree.
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
