"""M3GNet in its own environment, with the direction of its messages restored and proven."""

import logging
from pathlib import Path

import matgl
import torch
from ase.build import bulk
from ase.data import atomic_numbers
from matgl.ext.ase import PESCalculator
from matgl.layers._graph_convolution import M3GNetGraphConv
from matgl.models import M3GNet

logging.disable(logging.WARNING)
SALTS = {  # lattice constant in Å, energy in eV/atom of the released model before matgl changed the direction
    "NaCl": (5.64, -3.368),
    "LiF": (4.03, -4.834),
    "MgO": (4.21, -5.956),
}
MP_2021 = 4.58613348  # the standard deviation that only the weights M3GNet-MP-2021.2.8 have
NEAR = {True: 0.02, False: 0.3}  # eV/atom: for those weights, and for others, whose DFT is not quite the same
FILES = ("model.json", "model.pt", "state.pt")


class Model:
    """An M3GNet potential.

    Parameters
    ----------
    weights : str
        A folder with model.json, model.pt and state.pt, or a name: matgl then looks into its cache, and else downloads.
    """

    def __init__(self, weights):
        potential = read(weights)
        network = potential.model
        if not isinstance(network, M3GNet):
            raise ValueError(f"{weights} holds a {type(network).__name__}, not an M3GNet.")
        self.elements = [atomic_numbers[symbol] for symbol in network.element_types]
        self._potential = potential.eval()
        self._calculator = PESCalculator(potential, stress_unit="eV/A3", use_voigt=True)
        self.about = f"M3GNet, {Path(weights).name}, {self._direct(weights)}"

    def calculate(self, atoms, stress):
        """Energy in eV, forces in eV/Å and, if asked for, stress in eV/Å^3 in the order of Voigt."""
        self._potential.calc_stresses = self._calculator.compute_stress = stress
        self._calculator.calculate(atoms)
        wanted = ["energy", "forces", *["stress"] * stress]
        return {name: self._calculator.results[name] for name in wanted}

    def _direct(self, weights):
        """Choose the direction of the messages by the energies of three salts.

        Since matgl 4 they are summed at the source of an edge; weights trained before expect them at its end, load
        without an error and are wrong by eV/atom. The file does not tell which kind it is, so we measure.
        """
        near = NEAR[abs(float(self._potential.data_std) - MP_2021) < 1e-6]
        stock = M3GNetGraphConv.node_update_
        for update, word in (
            (to_the_end, "messages summed at the end of an edge"),
            (stock, "messages as matgl 4 sums"),
        ):
            M3GNetGraphConv.node_update_ = update
            if self._error_of_salts() < near:
                return word
        raise ValueError(
            f"{weights}: NaCl, LiF and MgO do not have their energies (-3.37, -4.83, -5.96 eV/atom) within "
            f"{near} eV/atom, so that these weights are damaged or of another functional than PBE, or matgl "
            f"{matgl.__version__} does not compute what they were trained for."
        )

    def _error_of_salts(self):
        """Largest error in eV/atom."""
        errors = []
        for name, (a, energy) in SALTS.items():
            pair = bulk(name, "rocksalt", a=a)
            if not set(pair.numbers) <= set(self.elements):
                raise ValueError(f"These weights do not know {name}, with which the course tests M3GNet: use others.")
            errors.append(abs(float(self.calculate(pair, stress=False)["energy"]) / 2 - energy))
        return max(errors)


def to_the_end(self, edge_index, edge_feat, node_feat, rbf, u_per_edge, num_nodes):
    """Equation 5 of Chen and Ong (2022, doi:10.1038/s43588-022-00349-3), summed as the released weights expect it."""
    source, end = edge_index
    state = [u_per_edge] if self.include_state else []
    features = torch.hstack([node_feat[source], node_feat[end], edge_feat, *state])
    messages = self.node_update_func(features) * self.node_weight_func(rbf)
    return messages.new_zeros(num_nodes, messages.shape[1]).index_add(0, end.long(), messages)


def read(weights):
    """The potential in a folder, or of a name that matgl knows."""
    if Path(weights).exists():
        if absent := [name for name in FILES if not (Path(weights) / name).is_file()]:
            raise ValueError(f"{weights} is no folder of M3GNet's weights: there is no {absent[0]} in it.")
        try:
            return matgl.load_model(weights)
        except Exception as error:
            raise ValueError(f"{weights} cannot be read ({type(error.__cause__).__name__}): fetch it anew.") from error
    if {"/", "\\"} & set(weights):  # matgl would take it for the model of somebody on a hub
        raise ValueError(f"There is no folder {weights}: give the path of one with {', '.join(FILES)}.")
    try:
        return matgl.load_model(weights)
    except Exception as error:
        raise ValueError(
            f"There is no folder {weights}, and as a name it cannot be downloaded: give weights=FOLDER with "
            f"{', '.join(FILES)}, or connect to the internet once; matgl then keeps them."
        ) from error
