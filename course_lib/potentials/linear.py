"""The base of linear potentials: a site energy is a weighted sum of fixed functions, and the weights are solved for."""

from abc import abstractmethod

import numpy as np
import torch
from scipy.linalg import solve_triangular

from course_lib.arguments import check_atoms, positive
from course_lib.learning.batches import Batches
from course_lib.learning.dataset import check_frames, check_some_stress, fit_reference_energies, labelled, labels
from course_lib.learning.loss import Loss
from course_lib.learning.ridge import solve_triangle, triangle
from course_lib.potentials.base import Potential
from course_lib.potentials.graph import Graph


class LinearPotential(Potential):
    """e_i = sum_k c_k B_k(neighbourhood of i).

    A subclass writes :meth:`basis` in place of ``sites``. A linear potential can be trained like any other potential;
    :meth:`fit` finds the minimum of the same loss in one step.

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements that the potential is for.
    cutoff : float
        Distance in Å beyond which atoms are not neighbours.
    size : int
        K, the number of functions.

    Attributes
    ----------
    coefficients : (K,) tensor
        The c_k in eV.
    """

    def __init__(self, elements, cutoff, size):
        super().__init__(elements, cutoff)
        self.coefficients = torch.nn.Parameter(torch.zeros(size, dtype=torch.float64))
        self._seen = None  # of the last fit with forces: rows, ridge, and the weight of a force

    @abstractmethod
    def basis(self, graph: Graph) -> torch.Tensor:
        """B_k of each atom, (N, K); it may depend on positions through ``graph.D`` only."""

    def sites(self, graph):
        """e_i of each atom, (N,)."""
        return self.basis(graph) @ self.coefficients

    def design(self, graph):
        """Energies (M, K), forces (N, 3, K) and virials (M, 3, 3, K) that each basis function alone would give."""
        D, M, N = graph.D.detach().requires_grad_(), len(graph.counts), len(graph.Z)
        B = self.basis(graph.with_edges(D))
        each = torch.eye(B.shape[1], dtype=B.dtype)
        (slopes,) = torch.autograd.grad(B.sum(dim=0), D, each, is_grads_batched=True, materialize_grads=True)
        slopes = slopes.permute(1, 2, 0)  # dB_k/dD, (P, 3, K)
        E = torch.zeros(M, B.shape[1], dtype=B.dtype).index_add(0, graph.frame, B.detach())
        F = (
            torch.zeros(N, *slopes.shape[1:], dtype=B.dtype)
            .index_add(0, graph.i, slopes)
            .index_add(0, graph.j, -slopes)
        )
        strained = graph.D[:, :, None, None] * slopes[:, None]
        return E, F, torch.zeros(M, *strained.shape[1:], dtype=B.dtype).index_add(0, graph.frame[graph.i], strained)

    def fit(self, frames, loss=None, ridge=1e-8, check_units=True):
        """Set the coefficients and E0 together to the minimum of the loss on labelled frames plus ``ridge`` |c|^2.

        Parameters
        ----------
        frames : list of ase.Atoms
            Labelled training frames.
        loss : Loss, optional
            The loss to minimise; its weights determine which labels are needed.
        ridge : float
            Weight of |c|^2 in the loss, in 1/eV^2.
        check_units : bool
            Refuse energies that seem to be partly in Hartree.

        Raises
        ------
        ValueError
            For frames that cannot be learned from, a negative ridge, one frame only where the loss has energies, and
            with no ridge for coefficients that the frames do not determine. The potential is then as it was.
        """
        loss = Loss() if loss is None else loss
        if not isinstance(loss, Loss):
            raise ValueError(
                f"The loss is a {type(loss).__name__}: give a Loss; a linear potential needs no validation frames."
            )
        check_frames(frames, self.elements, "Training frame", loss.needs, check_units)
        if loss.lambda_W:
            check_some_stress(frames)
        if loss.lambda_E and len(frames) < 2:
            raise ValueError("There is one training frame: E0 alone gives its energy; give at least two frames.")
        positive("ridge", ridge, zero=True)
        before = self.E0, self.scale, self._seen, {name: tensor.clone() for name, tensor in self.state_dict().items()}
        try:
            self._fit(frames, loss, ridge)
        except BaseException:
            self.E0, self.scale, self._seen, weights = before
            self.load_state_dict(weights)
            raise

    def leverage(self, atoms):
        """How far each force is from what the last fit has seen: h = f^T (A^T A + ridge)^-1 f, (N, 3), without a unit.

        f is the row that a label of this component would add to the weighted rows A of the fit, with the weight that it
        would have in a frame as large as those of the fit on average. Below 1, the training frames determine the force
        better than its own label would; above 1 they say less: the potential extrapolates. No label is needed. Over all
        rows of a fit without ridge, h adds up to the number of coefficients. Belsley, Kuh and Welsch 1980,
        doi:10.1002/0471725153, chapter 2.
        """
        if self._seen is None:
            raise ValueError("There is no leverage: it needs the rows of a fit() with forces, which no file keeps.")
        check_atoms(atoms, self.elements)
        rows, ridge, weight = self._seen
        if ridge is not None:  # once: what most potentials are never asked for
            K = rows.shape[1]
            rows = np.linalg.qr(np.vstack([rows, np.sqrt(ridge) * np.eye(K)]), mode="r")
            self._seen = rows, None, weight
        f = self.design(self.graph(atoms))[1].double().numpy() * np.sqrt(weight)
        return np.sum(solve_triangular(rows, f.reshape(-1, f.shape[-1]).T, trans=1) ** 2, axis=0).reshape(-1, 3)

    def _fit(self, frames, loss, ridge):
        self.E0, self.scale = fit_reference_energies(frames, self.elements), 1.0
        data = Batches(self, frames)
        self.standardise(data.part(np.arange(len(data)))[0])
        blocks = (self._weighted_rows(*data.part([n]), loss, len(data)) for n in range(len(data)))
        K, c = len(self.coefficients), self.solve(blocks, ridge)
        if self._seen is not None:
            weight = loss.lambda_F / (3 * np.mean([len(atoms) for atoms in frames]) * len(frames))
            self._seen = (*self._seen[:2], weight) if weight else None
        with torch.no_grad():
            self.coefficients.copy_(torch.from_numpy(c[:K]))
        self.E0 = {symbol: self.E0[symbol] + float(more) for symbol, more in zip(self.elements, c[K:])}
        if not loss.lambda_E:  # no row knew of E0: it takes what the coefficients leave of the energies
            left = [labelled(atoms, labels(atoms).energy - self.predict(atoms)["energy"]) for atoms in frames]
            more = fit_reference_energies(left, self.elements)
            self.E0 = {symbol: self.E0[symbol] + more[symbol] for symbol in self.elements}

    def solve(self, blocks, ridge):
        """The c and then what is added to each E0, (K + elements,), at the minimum of |A c - b|^2 + ridge |c|^2."""
        K, R = len(self.coefficients), triangle(blocks)
        prices = np.append(np.full(K, ridge), np.zeros(len(self.elements)))  # E0 is not penalised
        if not ridge:
            rank = np.linalg.matrix_rank(R[:, :-1]) - np.linalg.matrix_rank(R[:, K:-1])
            if rank < K:
                raise ValueError(
                    f"The frames determine {rank} of the {K} coefficients: give a ridge above zero, or more frames."
                )
        self._seen = R[:, :K], ridge  # for leverage, where E0 is taken as known
        return solve_triangle(R, prices)

    def _weighted_rows(self, graph, labels, loss, M):
        """Rows A and b of one frame: |A c - b|^2 is the contribution of this frame to the loss."""
        N = len(graph.Z)
        share = N if loss.per_atom else 1
        parts = [(loss.lambda_E / share**2, labels.E), (loss.lambda_F / (3 * N), labels.F)]
        parts.append((loss.lambda_W / (9 * share**2) if labels.has_stress[0] else 0.0, labels.W))
        counts = torch.stack([torch.sum(graph.Z == Z) for Z in self.numbers])  # what E0 adds to energies
        A, b = [np.zeros((0, len(self.coefficients) + len(counts)))], [np.zeros(0)]
        for rows, own, (weight, label) in zip(self.design(graph), (counts, 0 * counts, 0 * counts), parts):
            if weight:
                rows = rows.reshape(-1, rows.shape[-1])
                rows = torch.cat([rows, own.to(rows.dtype).expand(len(rows), -1)], dim=1)
                A.append(np.sqrt(weight / M) * rows.double().numpy())
                b.append(np.sqrt(weight / M) * label.reshape(-1).double().numpy())
        return np.concatenate(A), np.concatenate(b)
