"""SevenNet (Park et al. 2024, doi:10.1021/acs.jctc.4c00190) with our graph and our compiled convolution.

The network is built by its own package and every number is its own; only what takes the time is done by other code.
"""

import numpy as np
import torch

from course_lib.labels._convolution import Convolution
from course_lib.potentials.pair_engine import neighbour_list


def _built(file):
    """The network of a checkpoint, without what costs seconds to build and gains nothing once our code convolves."""
    marked = torch.compiler.disable
    torch.compiler.disable = lambda function: function  # e3nn marks one function with it, which loads torch's compiler
    try:
        import e3nn.o3
    finally:
        torch.compiler.disable = marked
    from sevenn.checkpoint import SevenNetCheckpoint

    usual = e3nn.get_optimization_defaults()
    e3nn.set_optimization_defaults(jit_script_fx=False, optimize_einsums=False)
    try:
        return SevenNetCheckpoint(file).build_model()
    finally:
        e3nn.set_optimization_defaults(**usual)


class SevenNet:
    """Energy of a structure as a function of its edge vectors.

    Parameters
    ----------
    file : str or Path
        A checkpoint of sevenn.
    device : torch.device
    title : str
        Name for messages.
    functional : str, optional
        For a network trained on several functionals, the one to use.
    """

    crystals_only = False

    def __init__(self, file, device, title="SevenNet", functional=None):
        model = _built(file)
        model.set_is_batch_data(False)
        model = model.eval().requires_grad_(False)
        functionals = model.modal_map or {}
        if (functional is None and functionals) or (functional is not None and functional not in functionals):
            raise ValueError(
                f"its functionals are {', '.join(functionals) or 'not named'}, and {functional} was chosen"
            )
        self.functional = functionals.get(functional)
        self.title, self.device, self.cutoff, self.elements = title, device, model.cutoff, frozenset(model.type_map)
        self.number = torch.zeros(1 + max(model.type_map), dtype=torch.int64, device=device)
        self.number[list(model.type_map)] = torch.tensor(list(model.type_map.values()), device=device)
        for name, module in list(model.named_children()):
            if name.endswith("_convolution") and device.type == "cpu":
                model.replace_module(name, Convolution(module))
        for name in ("reduce_total_enegy", "force_output"):  # sevenn's own spelling
            model.delete_module_by_key(name)
        self.modules = list(model.to(device))

    def edges(self, atoms):
        """The atoms of each edge, the elements, and D, (P, 3), in Å."""
        i, j, _, D = neighbour_list(atoms.positions, atoms.cell.array, atoms.pbc, self.cutoff)
        arrays = {"i": i, "j": j, "Z": atoms.numbers}
        graph = {name: torch.from_numpy(array.astype(np.int64)).to(self.device) for name, array in arrays.items()}
        return graph, torch.from_numpy(D).to(self.device, torch.float32)

    def energy(self, graph, D):
        """Energy in eV; the energies of the atoms are summed in double precision."""
        import sevenn._keys as KEY

        data = {
            KEY.NODE_FEATURE: self.number[graph["Z"]],
            KEY.ATOMIC_NUMBERS: graph["Z"],
            KEY.EDGE_IDX: torch.stack([graph["i"], graph["j"]]),
            KEY.EDGE_VEC: D,
        }
        if self.functional is not None:
            data[KEY.MODAL_TYPE] = torch.tensor(self.functional, device=self.device)
        for module in self.modules:
            data = module(data)
        return data[KEY.ATOMIC_ENERGY].double().sum()
