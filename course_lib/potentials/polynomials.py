"""Functions of an atom that are sums of products of a few numbers of its density, as spherical invariants are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array

from course_lib.compiled import njit
from course_lib.potentials.pair_engine import QUICK

ORDER = 4  # factors of a product, at most


@dataclass(frozen=True)
class Polynomials:
    """B_k = sum over terms t of k of coefficient_t product of A_a over the factors a of t.

    Parameters
    ----------
    functions : list of dict
        One for each k: from a tuple of at most four columns of A to the coefficient.
    columns : int
        How many A there are.
    """

    functions: tuple
    columns: int

    def __len__(self):
        return len(self.functions)

    @cached_property
    def terms(self):
        """Factors (t, 4), coefficients (t,) and functions (t,) of all terms; factor 0 is the number 1, 1 is A_0."""
        rows = [(k, term, c) for k, terms in enumerate(self.functions) for term, c in terms.items()]
        factors = np.zeros((len(rows), ORDER), np.int64)
        for row, (_, term, _) in zip(factors, rows):
            row[: len(term)] = np.sort(term) + 1
        return factors, np.array([c for *_, c in rows]), np.array([k for k, *_ in rows])

    def __call__(self, A):
        """All B_k of A (N, columns): (N, K), a tensor."""
        factors, c, k = self.terms
        A = torch.cat([torch.ones_like(A[:, :1]), A], dim=1)
        product = A[:, factors[:, 0]]
        for more in factors.T[1:]:
            product = product * A[:, more]
        product = product * torch.from_numpy(c).to(A.dtype)
        return torch.zeros(len(A), len(self), dtype=A.dtype).index_add(1, torch.from_numpy(k), product)

    @cached_property
    def program(self):
        """How a weighted sum of all B_k is computed with few products.

        Returns
        -------
        pairs : (p, 2) array
            Products that occur inside of others: number ``1 + columns + p`` is the product of two numbers before.
        spans, second : (n, 3) array and (t,) array
            A row (a, start, stop) says that number a is multiplied with each number in ``second[start:stop]``: these
            are all the different products.
        of : (t, K) sparse array
            How often each product stands in each B_k.
        """
        factors, c, k = self.terms
        unique, which = np.unique(factors, axis=0, return_inverse=True)
        numbers, pairs, last = {}, [], []

        def product(a, b):
            if b == 0:
                return a
            if (a, b) not in numbers:
                numbers[a, b] = 1 + self.columns + len(pairs)
                pairs.append((a, b))
            return numbers[a, b]

        for a, b, third, fourth in unique:
            last.append((product(a, b), product(third, fourth)) if third else (a, b))
        last = np.array(last)
        order = np.argsort(last[:, 0], kind="stable")
        of = csr_array((c, (np.argsort(order)[which.ravel()], k)), shape=(len(unique), len(self)))
        first, start = np.unique(last[order, 0], return_index=True)
        spans = np.stack([first, start, np.append(start[1:], len(last))], axis=1)
        return np.array(pairs, np.uint32).reshape(-1, 2), spans.astype(np.uint32), last[order, 1].astype(np.uint32), of

    @cached_property
    def used(self):
        """Which columns of A occur, (columns,)."""
        return np.isin(np.arange(1, 1 + self.columns), self.terms[0])

    def jacobian(self, A):
        """B_k (K,) of the numbers A (columns,) of one atom, and their derivatives dB_k/dA (K, columns): compiled."""
        B, J = np.zeros(len(self)), np.zeros((len(self), 1 + self.columns))
        _jacobian(np.append(1.0, A), *self.terms, B, J)
        return B, J[:, 1:]


@njit(**QUICK)
def _jacobian(A, factors, coefficients, functions, B, J):
    for t in range(len(factors)):
        k, w = functions[t], coefficients[t]
        for s in range(ORDER):
            rest = w
            for other in range(ORDER):
                if other != s:
                    rest *= A[factors[t, other]]
            J[k, factors[t, s]] += rest
        B[k] += rest * A[factors[t, ORDER - 1]]
