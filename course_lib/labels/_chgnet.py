"""CHGNet (Deng et al. 2023, doi:10.1038/s42256-023-00716-3), evaluated three times as fast as by its own calculator.

The weights are those of the package ``chgnet``, and energies, forces and stress are equal to its own. Four things make
it fast: the graph is arrays, not objects; the energy is a function of the edge vectors D alone, so that one backward
pass gives forces and stress; the first layer of each network is applied to atoms and bonds before they are copied to
the edges, of which there are many more; nothing is kept for second derivatives, stress or magnetic moments.
"""

import numpy as np
import torch
from torch.nn.functional import layer_norm, linear

from course_lib.potentials.pair_engine import neighbour_list

HEAVIEST = 94  # the embedding ends at plutonium
KNOWN = {
    "mlp_first": True,
    "non_linearity": "silu",
    "conv_norm": None,
    "update_bond": True,
    "update_angle": True,
    "final_mlp": "MLP",
}


class CHGNet:
    """Energy of a crystal as a function of its edge vectors.

    Parameters
    ----------
    content : dict
        What a weights file of CHGNet holds under "model": its ``state_dict`` and ``model_args``.
    device : torch.device
    title : str
        Name for messages.

    Raises
    ------
    KeyError
        Where something is missing in ``content``.
    ValueError
        For weights of another architecture than the published ones.
    """

    elements, crystals_only = frozenset(range(1, HEAVIEST + 1)), True

    def __init__(self, content, device, title="CHGNet"):
        w, self.settings = {k: v.to(device) for k, v in content["state_dict"].items()}, content["model_args"]
        for name, value in KNOWN.items():
            if self.settings.get(name, value) != value:
                raise ValueError(f"its {name} is {self.settings[name]!r} and not {value!r}")
        if others := {v.dtype for v in w.values()} - {torch.float32}:
            raise ValueError(f"its numbers are {others.pop()} and not torch.float32")
        self.w, self.device, self.title = w, device, title
        self.cutoff, self.bond_cutoff = self.settings["atom_graph_cutoff"], self.settings["bond_graph_cutoff"]
        n = range(self.settings["n_conv"])
        self.atom_layers = [Update(w, f"atom_conv_layers.{k}", "twoBody_atom") for k in n]
        self.bond_layers = [Update(w, f"bond_conv_layers.{k}", "twoBody_bond") for k in n[:-1]]
        self.angle_layers = [Gated(w, f"angle_layers.{k}.twoBody_bond") for k in n[:-2]]  # the last one has no effect
        names = sorted(k.removesuffix(".weight") for k in w if k.startswith("mlp.layers.") and k.endswith("weight"))
        self.readout = [(w[f"{k}.weight"], w[f"{k}.bias"]) for k in names]

    @classmethod
    def of_file(cls, file, device, title="CHGNet", functional=None):
        """The network of a weights file; reading it runs no code that it may hold. It has one functional: its own."""
        return cls(torch.load(file, map_location="cpu", weights_only=True)["model"], device, title)

    def with_weights(self, weights):
        """The same network with some other weights, a dictionary of tensors; derivatives by them can be taken."""
        content = {"state_dict": self.w | weights, "model_args": self.settings}
        return CHGNet(content, self.device, self.title)

    def edges(self, atoms):
        """Everything about the neighbourhoods that the energy needs, as tensors; D is (P, 3), in Å."""
        i, j, S, D = neighbour_list(atoms.positions, atoms.cell.array, atoms.pbc, self.cutoff)
        bond, one = undirected(i, j, S)
        a, b = angles(i, np.linalg.norm(D, axis=1) < self.bond_cutoff)
        arrays = {"Z": atoms.numbers, "i": i, "j": j, "bond": bond, "one": one, "a": a, "b": b}
        graph = {name: torch.from_numpy(array.astype(np.int64)).to(self.device) for name, array in arrays.items()}
        return graph, torch.from_numpy(D).to(self.device, torch.float32)

    def energy(self, graph, D):
        """Energy in eV, in double precision: a sum of small numbers in single precision is too coarse for dynamics."""
        w, i, j, bond = self.w, graph["i"], graph["j"], graph["bond"]
        r = D.norm(dim=1)
        length = r[graph["one"]][:, None]
        basis = self.bessel(length, self.cutoff, "ag")
        weights = linear(basis, w["bond_weights_ag.weight"])[bond]  # of each message
        atom = w["atom_embedding.embedding.weight"][graph["Z"] - 1]
        bonds = linear(basis, w["bond_embedding.weight"])
        if len(graph["a"]):  # pairs of short bonds of one atom
            a, b, centre, direction = bond[graph["a"]], bond[graph["b"]], i[graph["a"]], D / r[:, None]
            short = linear(self.bessel(length, self.bond_cutoff, "bg"), w["bond_weights_bg.weight"])
            both = short[a] * short[b]
            angle = linear(self.fourier(direction[graph["a"]], direction[graph["b"]]), w["angle_embedding.weight"])
        for k, update in enumerate(self.atom_layers):
            atom = update(atom, i, weights, (atom, i), (bonds, bond), (atom, j))
            if len(graph["a"]) and k < len(self.bond_layers):
                bonds = self.bond_layers[k](bonds, a, both, (bonds, a), (bonds, b), (angle, None), (atom, centre))
                if k < len(self.angle_layers):
                    angle = angle + self.angle_layers[k](None, (bonds, a), (bonds, b), (angle, None), (atom, centre))
        if "readout_norm.weight" in w:
            atom = layer_norm(atom, atom.shape[1:], w["readout_norm.weight"], w["readout_norm.bias"])
        for weight, bias in self.readout[:-1]:
            atom = Silu.apply(linear(atom, weight, bias))
        free = w["composition_model.fc.weight"][0, graph["Z"] - 1]
        return linear(atom, *self.readout[-1]).double().sum() + free.double().sum()

    def bessel(self, r, cutoff, kind):
        """Sines of the distance that end smoothly at the cutoff: (bonds, 31)."""
        p, x = self.settings["cutoff_coeff"], r / cutoff
        smooth = 1 - x**p * ((p + 1) * (p + 2) / 2 - p * (p + 2) * x + p * (p + 1) / 2 * x * x)
        frequencies = self.w[f"bond_basis_expansion.rbf_expansion_{kind}.frequencies"]
        return (2 / cutoff) ** 0.5 * torch.sin(frequencies * x) / r * torch.where(x < 1, smooth, 0.0)

    def fourier(self, one, other):
        """Sines and cosines of the angle between two directions: (angles, 31)."""
        theta = torch.acos((one * other).sum(dim=1) * (1 - 1e-6))  # CHGNet's own guard at straight angles
        waves = theta[:, None] * self.w["angle_basis_expansion.fourier_expansion.frequencies"]
        constant = torch.full_like(theta[:, None], 0.5**0.5)
        return torch.cat([constant, torch.sin(waves), torch.cos(waves)], dim=1) / np.pi**0.5


class Silu(torch.autograd.Function):
    """x / (1 + exp(-x)); torch's own function computes the exponential again in the backward pass."""

    @staticmethod
    def forward(ctx, x):
        one = torch.sigmoid(x)
        ctx.save_for_backward(x, one)
        return x * one

    @staticmethod
    def backward(ctx, g):
        x, one = ctx.saved_tensors
        if torch.is_grad_enabled():  # for second derivatives; to torch, the stored exponential is a constant
            one = torch.sigmoid(x)
            return (1 + x * (1 - one)) * one * g
        return (1 - one).mul_(x).add_(1).mul_(one).mul_(g)


class Gate(torch.autograd.Function):
    """silu(core) sigmoid(gate) weights, with a backward pass that reuses what the forward pass has computed."""

    @staticmethod
    def forward(ctx, core, gate, weights):
        one, two = torch.sigmoid(core), torch.sigmoid(gate)
        gated = (core * one).mul_(two)
        ctx.save_for_backward(core, gate, one, two, gated, weights)
        return gated if weights is None else gated * weights

    @staticmethod
    def backward(ctx, g):
        core, gate, one, two, gated, weights = ctx.saved_tensors
        if torch.is_grad_enabled():  # as above
            one, two = torch.sigmoid(core), torch.sigmoid(gate)
            gated = core * one * two
        above = g if weights is None else g * weights
        g_gate = (1 - two).mul_(gated).mul_(above)
        g_core = (1 - one).mul_(core).add_(1).mul_(one).mul_(two).mul_(above)
        return g_core, g_gate, None if weights is None else g * gated


class Gated:
    """A network times the sigmoid of another one; the first layers of both are one matrix, cut into its inputs."""

    def __init__(self, w, name):
        layers = sorted(k for k in w if k.startswith(f"{name}.mlp_core.layers.") and k.endswith("weight"))
        pairs = [(k.removesuffix("weight"), k.replace("core", "gate").removesuffix("weight")) for k in layers]
        first, *second = [[(w[f"{k}weight"], w[f"{k}bias"]) for k in pair] for pair in pairs]
        if len(second) > 1:
            raise ValueError("its gated networks have more than one hidden layer")
        self.second = second[0] if second else None
        self.width = len(first[0][0])
        self.inputs = torch.cat([weight for weight, _ in first]).split(64, dim=1)
        self.bias = torch.cat([bias for _, bias in first])
        norms = [f"{name}.{kind}" for kind in ("bn1", "bn2") if f"{name}.{kind}.weight" in w]
        self.norms = [((self.width,), w[f"{norm}.weight"], w[f"{norm}.bias"]) for norm in norms]

    def __call__(self, weights, *terms):
        """``terms``: features and, where they belong to atoms or bonds, the row of each edge or angle."""
        x = None
        for (features, rows), weight in zip(terms, self.inputs):
            y = linear(features, weight, self.bias if x is None else None)
            y = y if rows is None else y.index_select(0, rows)
            x = y if x is None else x.add_(y)
        parts = (Silu.apply(x) if self.second else x).split(self.width, dim=1)
        if self.second:
            parts = [linear(part, *pair) for part, pair in zip(parts, self.second)]
        if self.norms:
            parts = [layer_norm(part, *norm) for part, norm in zip(parts, self.norms)]
        return Gate.apply(*parts, weights)


class Update:
    """Messages of a gated network, weighted, summed up for each owner, and added to its features."""

    def __init__(self, w, name, network):
        self.gated = Gated(w, f"{name}.{network}")
        self.out, self.bias = w[f"{name}.mlp_out.layers.1.weight"], w.get(f"{name}.mlp_out.layers.1.bias")

    def __call__(self, features, owner, weights, *terms):
        messages = torch.zeros_like(features).index_add(0, owner, self.gated(weights, *terms))
        return features + linear(messages, self.out, self.bias)


def undirected(i, j, S):
    """The bond of each edge, (P,), and one edge of each bond, (P / 2,): an edge and its reverse are one bond."""
    there, back = np.lexsort([*S.T, j, i]), np.lexsort([*-S.T, i, j])
    reverse = np.empty_like(there)
    reverse[there] = back
    one = np.flatnonzero(np.arange(len(i)) < reverse)
    bond = np.empty_like(i)
    bond[one] = bond[reverse[one]] = np.arange(len(one))
    return bond, one


def angles(i, short):
    """All ordered pairs (a, b) of different short edges of one atom; ``i`` is sorted."""
    edges = np.flatnonzero(short)
    count = np.bincount(i[edges], minlength=i.max(initial=-1) + 1)
    many = count[i[edges]]  # partners of each short edge, itself among them
    a = np.repeat(np.arange(len(edges)), many)
    first = (np.cumsum(count) - count)[i[edges]]
    b = np.arange(len(a)) - np.repeat(np.cumsum(many) - many - first, many)
    return edges[a[a != b]], edges[b[a != b]]
