"""The convolution of an equivariant network (NequIP, SevenNet) with its derivatives, compiled, for one processor core.

For each edge from atom i to neighbour j, and each path p that takes components m of the features x_j to components M
of the message,

    message_iM(u) = sum over m of K_mM w_p(u) x_jm(u)        K_mM = sum over n of C_mnM Y_n

where u counts channels, Y are spherical harmonics of the edge, C Wigner's 3j symbols and w weights that depend on the
distance (Batzner et al. 2022, doi:10.1038/s41467-022-29939-5). A message has thousands of components, so whoever stores
the messages of all edges mostly waits for memory: here each one is added to its atom at once.
"""

import numpy as np
import torch

from course_lib.compiled import njit

QUICK = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "arcp", "nsz"}}


class Convolution(torch.nn.Module):
    """Stands in for ``IrrepsConvolution`` of sevenn, with its weights.

    Parameters
    ----------
    stock : sevenn.nn.convolution.IrrepsConvolution
    """

    def __init__(self, stock):
        super().__init__()
        self.radial, self.stock, product = stock.weight_nn, stock, stock.convolution
        self.keys = stock.key_x, stock.key_filter, stock.key_weight_input, stock.key_edge_idx
        C, self.table = table_of(product)
        self.register_buffer("C", C / stock.denominator.detach())
        self.last_in, self.last_out = channels_last(product.irreps_in1), channels_last(product.irreps_out)

    def forward(self, data):
        """Replace the features in ``data`` by the sums of the messages."""
        x, Y, embedding, edges = (data[key] for key in self.keys)
        x = x.index_select(1, self.last_in[0])
        i, j = edges
        summed = Messages.apply(x, Y @ self.C, self.radial(embedding), i, j, self.table)
        data[self.keys[0]] = summed.index_select(1, self.last_out[1])
        return data


class Messages(torch.autograd.Function):
    """Sums of messages (N, components) from x (N, components), K (P, pairs m M) and w (P, weights)."""

    @staticmethod
    def forward(ctx, x, K, w, i, j, table):
        arrays = [array.detach().contiguous().numpy() for array in (x, K, w, i, j)]
        ctx.arrays, ctx.table = arrays, table
        summed = np.zeros((len(x), table[-1]), np.float32)
        sum_messages(summed, *arrays, *table[:-1])
        return torch.from_numpy(summed)

    @staticmethod
    def backward(ctx, g):
        slopes = [np.zeros_like(array) for array in ctx.arrays[:3]]
        slope_messages(g.contiguous().numpy(), *slopes, *ctx.arrays, *ctx.table[:-1])
        return *map(torch.from_numpy, slopes), None, None, None


@njit(**QUICK)
def sum_messages(summed, x, K, w, i, j, x_at, w_at, many, start, to):
    """Add the messages of all edges to ``summed``; the table of paths is that of :func:`table_of`."""
    product = np.empty(many.max(), np.float32)
    for e in range(len(i)):
        mine, yours, weights = summed[i[e]], x[j[e]], w[e]
        for s in range(len(many)):
            n = many[s]
            features, factors = yours[x_at[s] : x_at[s] + n], weights[w_at[s] : w_at[s] + n]
            for u in range(n):
                product[u] = features[u] * factors[u]
            for k in range(start[s], start[s + 1]):
                c, out = K[e, k], mine[to[k] : to[k] + n]
                for u in range(n):
                    out[u] += c * product[u]


@njit(**QUICK)
def slope_messages(g, gx, gK, gw, x, K, w, i, j, x_at, w_at, many, start, to):
    """Derivatives by x, K and w of a number whose derivative by the sums is ``g``."""
    product, back = np.empty(many.max(), np.float32), np.empty(many.max(), np.float32)
    for e in range(len(i)):
        above, yours, weights, gyours, gweights = g[i[e]], x[j[e]], w[e], gx[j[e]], gw[e]
        for s in range(len(many)):
            n = many[s]
            features, factors = yours[x_at[s] : x_at[s] + n], weights[w_at[s] : w_at[s] + n]
            for u in range(n):
                product[u], back[u] = features[u] * factors[u], 0.0
            for k in range(start[s], start[s + 1]):
                c, out, total = K[e, k], above[to[k] : to[k] + n], np.float32(0)
                for u in range(n):
                    total += out[u] * product[u]
                    back[u] += c * out[u]
                gK[e, k] = total
            gfeatures, gfactors = gyours[x_at[s] : x_at[s] + n], gweights[w_at[s] : w_at[s] + n]
            for u in range(n):
                gfeatures[u] += back[u] * factors[u]
                gfactors[u] += back[u] * features[u]


def table_of(product):
    """The paths of a tensor product of e3nn, component by component.

    Parameters
    ----------
    product : e3nn.o3.TensorProduct
        Paths of the kind "uvu" with one spherical harmonic of each degree.

    Returns
    -------
    C : (Y components, K pairs) tensor
        K = Y @ C.
    table : tuple
        For each path and component m: where its channels start in x and in the weights, their number, and where its
        pairs (m, M) start; for each pair, where its channels start in the sums; the length of the sums.
    """
    from e3nn.o3 import wigner_3j

    x_at, w_at, many, start, to, columns, w = [], [], [], [0], [], [], 0
    first, second, out = (irreps.slices() for irreps in (product.irreps_in1, product.irreps_in2, product.irreps_out))
    for path in product.instructions:
        n, one = product.irreps_in1[path.i_in1]
        two, three = product.irreps_in2[path.i_in2].ir, product.irreps_out[path.i_out].ir
        if path.connection_mode != "uvu" or product.irreps_in2[path.i_in2].mul != 1:
            raise ValueError(f"it has a path of the kind {path.connection_mode}")
        C = wigner_3j(one.l, two.l, three.l) * path.path_weight
        for m in range(one.dim):
            for M in np.flatnonzero(C[m].abs().amax(dim=0) > 1e-9):
                column = torch.zeros(product.irreps_in2.dim)
                column[second[path.i_in2]] = C[m, :, M].float()
                columns.append(column)
                to.append(out[path.i_out].start + int(M) * n)
            x_at.append(first[path.i_in1].start + m * n)
            w_at.append(w)
            many.append(n)
            start.append(len(to))
        w += n
    return torch.stack(columns, dim=1), (*map(np.array, (x_at, w_at, many, start, to)), product.irreps_out.dim)


def channels_last(irreps):
    """Order of columns in which the channels of a component are neighbours, and its inverse; e3nn has (u, m)."""
    blocks = [
        torch.arange(block.start, block.stop).view(n, ir.dim).T.flatten()
        for (n, ir), block in zip(irreps, irreps.slices())
    ]
    order = torch.cat(blocks)
    return order, torch.argsort(order)
