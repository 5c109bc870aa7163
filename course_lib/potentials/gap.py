"""GAP: a sparse Gaussian process on SOAP, which also says how uncertain each site energy is."""

from functools import cached_property, reduce

import numpy as np
import torch
from scipy.linalg import solve_triangular

from course_lib.arguments import check_atoms, check_elements, positive, whole
from course_lib.learning.ridge import solve_triangle, triangle
from course_lib.potentials.density_engine import Neighbours
from course_lib.potentials.density_potential import take_away
from course_lib.potentials.graph import edges
from course_lib.potentials.linear import LinearPotential
from course_lib.potentials.soap import SOAP, GaussianOrbitals

JITTER = 1e-10  # added to the diagonal of K_MM, which is 1: without it rounding could make the matrix indefinite
ALIKE = 1e-10  # squared distance of two normalised p that are one environment


class GAP(LinearPotential):
    """e_i = sum_s c_s k(p_i, p_s) over the sparse points s of i's element, k(p, p') = (p . p' / |p| |p'|)^zeta.

    The c are large and nearly cancel, so that a fitted GAP needs double precision.

    The c minimise loss + ridge c^T K_MM c: they are the mean of a Gaussian process whose covariance of two site
    energies is delta^2 k, the labels having a noise of delta sqrt(ridge) over the root of their weight in the loss.
    Bartók, Payne, Kondor and Csányi 2010, doi:10.1103/PhysRevLett.104.136403; SOAP as the p: Bartók, Kondor and Csányi
    2013, doi:10.1103/PhysRevB.87.184115.

    ========  =============================================================================
    equation  here
    ========  =============================================================================
    p         ``soap``
    p_s       ``points``, normalised, ``sparse`` for each element
    c_s       ``coefficients``
    K_MM      k between the sparse points; its Cholesky factors are made by :meth:`_roots`
    delta     ``delta`` in eV, that for which the training labels are most probable
    ========  =============================================================================

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements it is for.
    cutoff : float
        Cutoff in Å.
    number : int
        Number of radial functions.
    l_max : int
        Highest l of the angular functions.
    sigma : float
        Width of a smeared neighbour in Å.
    zeta : int
        Exponent of the kernel: larger tells environments apart more sharply.
    sparse : int
        M, the number of sparse points of each element; they are chosen from the training frames.
    """

    def __init__(self, elements, cutoff=5.0, number=8, l_max=6, sigma=0.5, zeta=4, sparse=300):
        elements, cutoff = check_elements(elements), positive("The cutoff (Å)", cutoff)
        self.number, self.l_max = whole("number", number), whole("l_max", l_max, least=0)
        self.sigma, self.zeta, self.sparse = positive("sigma (Å)", sigma), whole("zeta", zeta), whole("sparse", sparse)
        self.soap = SOAP(elements, GaussianOrbitals(cutoff, self.number, self.l_max, self.sigma))
        size, new = len(elements) * self.sparse, {"dtype": torch.float64}
        super().__init__(elements, cutoff, size)
        self.register_buffer("points", torch.zeros(len(elements), self.sparse, len(self.soap), **new))
        self.register_buffer("posterior", torch.zeros(size, size, **new))
        self.register_buffer("delta", torch.full((1,), torch.nan, **new))

    def basis(self, graph):
        """The kernels with the sparse points, in the columns of the atom's own element: (N, elements x M)."""
        kind = torch.from_numpy(self.soap.density.kinds)[graph.Z]
        A = self.soap.density(graph) + torch.from_numpy(self.soap.own).to(graph.D.dtype)[kind]
        q = torch.nn.functional.normalize(self.soap(A, torch), dim=1)
        each = [(kind == z)[:, None] * (q @ points.T) ** self.zeta for z, points in enumerate(self.points)]
        return torch.cat(each, dim=1)

    def slopes(self, i, j, D, Z):
        """The compiled twin: site energies and their derivatives by the edges, without torch."""
        around = _Environments(self.soap, i, j, D, Z)
        E, G = np.zeros(len(Z)), np.zeros_like(around.q)
        for z, (points, c) in enumerate(zip(self._points(), self._by_element())):
            mine = np.flatnonzero(around.kind == z)
            near, slope = self._kernel(around.q[mine] @ points.T)
            E[mine], G[mine] = near @ c, (slope * c) @ points
        return self.scale * E, around.pull(self.scale * G)

    def _kernel(self, cosine):
        """k and dk/dcosine; products of few factors are faster than powers."""
        lower = reduce(np.multiply, [cosine] * (self.zeta - 1), np.ones_like(cosine))
        return lower * cosine, self.zeta * lower

    def _points(self):
        return self.points.double().numpy()

    def _by_element(self):
        return self.coefficients.detach().double().numpy().reshape(len(self.elements), -1)

    def design(self, graph):
        """As in the base, frame by frame and atom by atom: dk/dD = k'(cosine) p_s . dp/dD, first dp/dD then p_s."""
        M, columns, points = len(graph.counts), len(self.coefficients), self._points()
        E, F, W = np.zeros((M, columns)), np.zeros((len(graph.Z), 3, columns)), np.zeros((M, 3, 3, columns))
        first = 0
        for m, (i, j, D, Z) in enumerate(_frames(graph)):
            around = _Environments(self.soap, i, j, D, Z)
            for n, z in enumerate(around.kind):
                own = slice(z * self.sparse, (z + 1) * self.sparse)
                p, dq = around.push(n)
                near, slope = self._kernel(points[z] @ around.q[n])
                rows = ((dq @ points[z].T) * slope).reshape(-1, 3, self.sparse)
                E[m, own] += near
                F[first + n, :, own] += rows.sum(axis=0)
                take_away(F, first + j[p], rows, own.start)
                W[m, :, :, own] += np.tensordot(D[p], rows, (0, 0))
            first += len(Z)
        return tuple(torch.from_numpy(x).to(graph.D.dtype) for x in (E, F, W))

    def standardise(self, graph):
        """Choose the sparse points among all atoms of the graph, the farthest from those before first."""
        q = np.concatenate([_Environments(self.soap, *frame).q for frame in _frames(graph)])
        for z, symbol in enumerate(self.elements):
            mine = q[(graph.Z == self.numbers[z]).numpy()]
            self.points[z] = torch.from_numpy(_farthest(mine, self.sparse, symbol))
        self.posterior.zero_()
        self.delta.fill_(torch.nan)  # what a fit before had learned is no longer valid

    def _roots(self):
        """The lower triangular L of each element, L L^T = K_MM."""
        each = [self._kernel(points @ points.T)[0] for points in self._points()]
        return [np.linalg.cholesky(K + JITTER * np.eye(self.sparse)) for K in each]

    def _whitened(self, k, roots):
        """L^-1 k for kernels k (n, elements x M) with the sparse points: c^T K_MM c is |w|^2 where k.c = (L^-1 k).w."""
        parts = np.split(k, len(roots), axis=1)
        return np.hstack([solve_triangular(L, part.T, lower=True).T for L, part in zip(roots, parts)])

    def solve(self, blocks, ridge):
        """As in the base, with c^T K_MM c in place of |c|^2; it also keeps what :meth:`uncertainty` needs."""
        ridge, size, roots, count = positive("ridge", ridge), len(self.coefficients), self._roots(), 0

        def whitened():
            nonlocal count
            for A, b in blocks:
                count += len(b)
                yield np.hstack([self._whitened(A[:, :size], roots), A[:, size:]]), b

        R = triangle(whitened())
        A, b = R[:, :-1], R[:, -1]
        prices = np.zeros(A.shape[1])
        prices[:size] = ridge  # E0 is not penalised
        w = solve_triangle(R, prices)
        with torch.no_grad():
            self.delta[0] = np.sqrt((np.sum((A @ w - b) ** 2) / ridge + np.sum(w[:size] ** 2)) / count)
            root = np.linalg.qr(np.vstack([A[:, :size] / np.sqrt(ridge), np.eye(size)]), mode="r")
            self.posterior.copy_(torch.from_numpy(root))
        each = zip(roots, np.split(w[:size], len(roots)))
        return np.concatenate([*(solve_triangular(L, part, trans=1, lower=True) for L, part in each), w[size:]])

    def leverage(self, atoms):
        """A GAP has :meth:`uncertainty` in its place."""
        raise ValueError("A GAP has no leverage: ask for its uncertainty(atoms).")

    def uncertainty(self, atoms):
        """Standard deviation of the posterior of each site energy, (N,) in eV.

        delta [k** - k*M (K_MM^-1 - (K_MM + A^T A / ridge)^-1) kM*]^(1/2), with A the rows of the fit; E0 is taken as
        known. There is none before :meth:`fit`, and none after training with ``train``, which finds the c only.
        """
        if torch.isnan(self.delta):
            raise ValueError("This GAP has no uncertainty: it comes from fit(), and has not been fitted.")
        check_atoms(atoms, self.elements)
        around = _Environments(self.soap, *edges(atoms, self.cutoff), atoms.numbers)
        k = np.zeros((len(atoms), len(self.coefficients)))
        for z, points in enumerate(self._points()):
            mine = np.flatnonzero(around.kind == z)
            k[mine, z * self.sparse : (z + 1) * self.sparse] = self._kernel(around.q[mine] @ points.T)[0]
        B = self._whitened(k, self._roots())
        left = solve_triangular(self.posterior.double().numpy(), B.T, trans=1)
        variance = 1 - np.sum(B**2, axis=1) + np.sum(left**2, axis=0)
        return float(self.delta) * np.sqrt(np.maximum(variance, 0))


class _Environments:
    """The normalised power spectra q of the atoms of one frame, and how they and the edges hang together."""

    def __init__(self, soap, i, j, D, Z):
        self.soap, self.neighbours, self.kind = soap, Neighbours(soap.density, i, j, D, Z), soap.density.kinds[Z]
        self.start, self.whom, self.D = np.searchsorted(i, np.arange(len(Z) + 1)), self.kind[j], D
        self.A = self.neighbours.A() + soap.own[self.kind]
        p = soap(self.A, np)
        self.norm = np.linalg.norm(p, axis=1, keepdims=True)
        self.q = p / self.norm

    @cached_property
    def functions(self):
        """R, Y and their derivatives of each edge."""
        return self.soap.functions(self.D)

    def pull(self, G):
        """From derivatives by q (N, K) to derivatives by the edges (P, 3)."""
        G = (G - self.q * np.sum(G * self.q, axis=1, keepdims=True)) / self.norm
        return self.neighbours.pull(self.soap.pull(self.A, G))

    def push(self, n):
        """The edges of atom n, a slice, and the derivatives of its q by them, (3 edges, K)."""
        q, edges = self.q[n], slice(*self.start[n : n + 2])
        dp = self.soap.push(self.A[n], self.whom[edges], [part[edges] for part in self.functions])
        dp = dp.reshape(-1, len(q))
        return edges, (dp - np.outer(dp @ q, q)) / self.norm[n]


def _frames(graph):
    """Edges i, j, D and atomic numbers of each frame of a graph, as arrays."""
    i, j, D, Z, counts = (x.numpy() for x in (graph.i, graph.j, graph.D.double(), graph.Z, graph.counts))
    last = np.cumsum(counts)
    for a, b in zip(last - counts, last):
        p = slice(*np.searchsorted(i, (a, b)))
        yield i[p] - a, j[p] - a, D[p], Z[a:b]


def _farthest(q, number, symbol):
    """Farthest-point sampling: the first q, and then again and again the one farthest from all that were taken."""
    taken, nearest = [], np.full(len(q), np.inf)
    while len(taken) < number:
        if nearest.max(initial=0) < ALIKE:
            raise ValueError(
                f"sparse is {number}, and the training frames hold {len(taken)} different environments of {symbol}: "
                "give a smaller number, or more frames."
            )
        taken.append(np.argmax(nearest))
        nearest = np.minimum(nearest, 2 - 2 * q @ q[taken[-1]])
    return q[taken]
