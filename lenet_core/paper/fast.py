"""Training by one digit at a time, fast: several networks side by side, each with its settings.

With a batch of one, calling NumPy costs more than computing. So every array here has a leading
axis for the networks, M of them, and one call serves them all. Each network computes just what it
would alone: the weights of its clear twin, to the rounding of a sum, and the same bits for any M.
What else is done:

- A bias is the weight of an input that is 1: weights and biases of a layer are one matrix.
- All arrays are made once.
- C3's 10x10 places are seen as 10 rows of 14, as wide as S2's maps. Then each entry of a kernel
  meets 140 numbers that lie in a row, from (0, 0) on or farther along, and C3 hands back its
  shares in runs of 140. The last four places of a row belong to no window; their gradient is 0.
- The parameters of a network lie in one row, with their gradients and step sizes beside: a step
  is two calls. The clear networks see the same memory, so `curvature` needs nothing new.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from .layers import RBF
from .losses import MAPLoss
from .network import C3
from .tables import DIGIT_CODES

ALL_RUBBISH = -1e4  # j of eq. 9 at which all other classes vanish from it, and eq. 8 is left
SHAPES = {  # layer of the clear network: (units, inputs and the 1), or the maps of a Subsampling
    0: (6, 26),
    2: (2, 6),
    4: (16, 151),
    6: (2, 16),
    8: (120, 401),
    11: (84, 121),
}


class FastNetworks:
    """M networks LeNet5_1998 that are trained side by side, each on its own digits.

    Parameters
    ----------
    models : list of LeNet5_1998, of one dtype and one squash
        Their parameters become views of the arrays here: training changes them.
    losses : list of MeanSquaredDistance or MAPLoss, one for each model
    """

    shapes = SHAPES

    def __init__(self, models, losses):
        self.models = models
        dtype = models[0].layers[0].params["W"].dtype
        size = sum(math.prod(shape) for shape in self.shapes.values())
        self.params, self.grads, self.steps = np.zeros((3, len(models), size), dtype)
        self.W, self.dW = self._matrices(self.params), self._matrices(self.grads)
        self._share_parameters()
        self._make_arrays(len(models), dtype)
        self.A, self.S = models[0].layers[1].A, models[0].layers[1].S
        self.j = np.array([[rubbish(loss)] for loss in losses], dtype)  # (M, 1)
        self._make_output(dtype)

    def _matrices(self, flat):
        """View the rows of `flat` (M, size) as the matrices of all layers: {place: (M, ...)}."""
        found, start = {}, 0
        for place, shape in self.shapes.items():
            stop = start + math.prod(shape)
            found[place] = flat[:, start:stop].reshape(len(flat), *shape)
            start = stop
        return found

    def _share_parameters(self):
        """Copy the parameters of the models into the matrices, and let the models see these."""
        for m, model in enumerate(self.models):
            for name, view in self.views(self.params, m).items():
                place, kind = name.split(".")
                params = model.layers[int(place)].params
                view[...] = params[kind]
                params[kind] = view

    def views(self, flat, m):
        """View row m of `flat` under the names and shapes of a clear network's parameters."""
        found = {}
        for place, matrix in self._matrices(flat).items():
            layer, matrix = self.models[m].layers[place], matrix[m]
            if "w" in layer.params:
                found[f"{place}.w"], found[f"{place}.b"] = matrix
            else:
                W = matrix[:, :-1].T if layer.params["W"].ndim == 2 else matrix[:, :-1]
                found[f"{place}.W"] = W.reshape(layer.params["W"].shape)
                found[f"{place}.b"] = matrix[:, -1]
        return found

    def set_steps(self, optimizers):
        """Lay out the step sizes of an SDLM for each network."""
        for m, optimizer in enumerate(optimizers):
            sizes = optimizer.step_sizes()
            for name, view in self.views(self.steps, m).items():
                view[...] = sizes[name]
            mask = self.models[m].layers[C3].mask[..., 0, 0].repeat(25, axis=1)  # (16, 150)
            self._matrices(self.steps)[C3][m, :, :-1] *= mask

    def _make_arrays(self, M, dtype):
        """Make all arrays, and the views in which they are seen."""

        def new(*shapes):
            return (np.zeros((M, *shape), dtype) for shape in shapes)

        # y: states, s: sums of four, x: states and a 1, columns: windows and a 1, g: dL/d(sum)
        self.columns1 = np.ones((M, 26, 784), dtype)
        self.columns3 = np.ones((M, 151, 140), dtype)
        self.images, self.rows2, self.rows4 = new((32, 32), (6, 14, 28), (16, 5, 14))
        self.y1, self.s2, self.flat2 = new((6, 784), (6, 196), (6, 200))
        self.y3, self.s4, self.y4 = new((16, 140), (16, 25), (16, 25))
        self.x5, self.x6 = np.ones((M, 401), dtype), np.ones((M, 121), dtype)
        self.y5, self.y6 = new((120,), (84,))
        self.dx5, self.dx6 = new((1, 401), (1, 121))
        self.dcolumns3, self.dW3 = new((150, 140), (151, 16))
        self.g1, self.g2, self.g3, self.g4, self.g5, self.g6, self.dflat2, self.ds2, self.ds4 = new(
            (6, 784), (6, 196), (16, 140), (16, 25), (120,), (84,), (6, 200), (6, 196), (16, 25)
        )
        self.y2 = self.flat2[:, :, :196]
        self.slopes = {y.shape: np.empty_like(y) for y in (self.y1, self.y2, self.y3, self.y4)}
        self.slopes |= {y.shape: np.empty_like(y) for y in (self.y5, self.y6)}

        self.networks = np.arange(M)
        self.seen1 = sliding_window_view(self.images, (28, 28), axis=(1, 2))  # (M, 5, 5, 28, 28)
        self.windows1 = self.columns1[:, :-1].reshape(M, 5, 5, 28, 28)
        self.windows3 = self.columns3[:, :-1].reshape(M, 6, 5, 5, 140)
        self.shares2 = [  # what each entry of the kernels hands back, and to which numbers
            (self.dflat2[:, :, 14 * i + j : 14 * i + j + 140], self.dcolumns3[:, 5 * i + j :: 25])
            for i, j in np.ndindex(5, 5)
        ]
        one = self.flat2.itemsize
        kernel = (14 * one, one, one)  # from row to row, and along it; then along the windows
        self.seen3 = as_strided(
            self.flat2, self.windows3.shape, self.flat2.strides[:2] + kernel, writeable=False
        )

    def _make_output(self, dtype):
        """Make the arrays of the RBF units."""
        self.scale = np.array([[model.layers[-1].scale] for model in self.models], dtype)  # (M, 1)
        self.difference, self.squares = np.zeros((2, len(self.models), 10, 84), dtype)

    def forward(self, images):
        """Map a digit for each network (M, 32, 32), or one for all, to penalties (M, 10)."""
        self._forward_maps(images)
        self._forward_vectors()
        return self._forward_output()

    def _forward_maps(self, images):
        """C1, S2, C3 and S4: from the digits to y4 (M, 16, 25)."""
        W, M = self.W, len(self.models)
        self.images[...] = images
        self.windows1[...] = self.seen1
        self._squash(np.matmul(W[0], self.columns1, out=self.y1))  # (M, 6, 26) @ (M, 26, 784)
        add_fours(self.y1.reshape(M, 6, 28, 28), self.rows2, self.s2.reshape(M, 6, 14, 14))
        self._squash(subsample(W[2], self.s2, out=self.y2))
        self.windows3[...] = self.seen3
        self._squash(np.matmul(W[4], self.columns3, out=self.y3))  # (M, 16, 151) @ (M, 151, 140)
        add_fours(self.y3.reshape(M, 16, 10, 14), self.rows4, self.s4.reshape(M, 16, 5, 5))
        self._squash(subsample(W[6], self.s4, out=self.y4))

    def _forward_vectors(self):
        """C5 and F6: from y4 to y6 (M, 84)."""
        self.x5[:, :-1] = self.y4.reshape(-1, 400)
        np.matmul(self.W[8], self.x5[:, :, None], out=self.y5[:, :, None])
        self._squash(self.y5)
        self.x6[:, :-1] = self.y5
        np.matmul(self.W[11], self.x6[:, :, None], out=self.y6[:, :, None])
        self._squash(self.y6)

    def _forward_output(self):
        """Return the penalties (M, 10), from y6."""
        np.subtract(self.y6[:, None], DIGIT_CODES, out=self.difference)  # (M, 10, 84)
        np.multiply(self.difference, self.difference, out=self.squares)
        return np.multiply(np.add.reduce(self.squares, axis=2), self.scale)

    def backward(self, penalties, labels):
        """Set the gradients of all networks, for the digits that `forward` has met last.

        `labels` has one for each network (M,), or is one for all.
        """
        dpenalties = self._share_of_classes(penalties)
        np.negative(dpenalties, out=dpenalties)
        dpenalties[self.networks, labels] += 1
        self._backward_output(dpenalties)
        self._backward_vectors()
        self._backward_maps()

    def _share_of_classes(self, penalties):
        """Return exp(-y_i) / (exp(-j) + sum_k exp(-y_k)), (M, 10)."""
        exponents = np.concatenate([penalties, self.j], axis=1)
        np.subtract(exponents.min(axis=1, keepdims=True), exponents, out=exponents)
        np.exp(exponents, out=exponents)
        exponents /= exponents.sum(axis=1, keepdims=True)
        return exponents[:, :-1]

    def _backward_output(self, dpenalties):
        """Set g6, dL/d(state of F6), from dL/dpenalties (M, 10)."""
        dpenalties *= 2 * self.scale
        np.matmul(dpenalties[:, None], self.difference, out=self.g6[:, None])

    def _backward_vectors(self):
        """F6 and C5: from g6, dL/d(state of F6), to g4."""
        self._times_slope(self.g6, self.y6)
        np.multiply(self.g6[:, :, None], self.x6[:, None], out=self.dW[11])
        np.matmul(self.g6[:, None], self.W[11], out=self.dx6)
        self.g5[...] = self.dx6[:, 0, :-1]
        self._times_slope(self.g5, self.y5)
        np.multiply(self.g5[:, :, None], self.x5[:, None], out=self.dW[8])
        np.matmul(self.g5[:, None], self.W[8], out=self.dx5)
        self.g4[...] = self.dx5[:, 0, :-1].reshape(self.g4.shape)

    def _backward_maps(self):
        """S4, C3, S2 and C1: from g4, dL/d(state of S4)."""
        W, dW, M = self.W, self.dW, len(self.models)
        self._times_slope(self.g4, self.y4)
        subsample_grads(self.g4, self.s4, out=dW[6])
        np.multiply(self.g4, W[6][:, 0, :, None], out=self.ds4)
        to_fours(self.ds4.reshape(M, 16, 5, 5), self.g3.reshape(M, 16, 10, 14))
        self._times_slope(self.g3, self.y3)
        np.matmul(self.columns3, self.g3.transpose(0, 2, 1), out=self.dW3)  # twice as fast so
        dW[4][...] = self.dW3.transpose(0, 2, 1)
        np.matmul(W[4][:, :, :-1].transpose(0, 2, 1), self.g3, out=self.dcolumns3)
        self.dflat2[...] = 0
        for pixels, share in self.shares2:
            np.add(pixels, share, out=pixels)
        self.g2[...] = self.dflat2[:, :, :196]
        self._times_slope(self.g2, self.y2)
        subsample_grads(self.g2, self.s2, out=dW[2])
        np.multiply(self.g2, W[2][:, 0, :, None], out=self.ds2)
        to_fours(self.ds2.reshape(M, 6, 14, 14), self.g1.reshape(M, 6, 28, 28))
        self._times_slope(self.g1, self.y1)
        np.matmul(self.g1, self.columns1.transpose(0, 2, 1), out=dW[0])

    def _squash(self, a):
        """Turn weighted sums a into A tanh(S a), in place."""
        np.multiply(a, self.S, out=a)
        np.tanh(a, out=a)
        np.multiply(a, self.A, out=a)

    def _times_slope(self, g, y):
        """Multiply g by S/A (A^2 - y^2), the slope of the squash at its state y, in place."""
        slope = self.slopes[y.shape]
        np.multiply(y, y, out=slope)
        np.multiply(slope, -self.S / self.A, out=slope)
        np.add(slope, self.S * self.A, out=slope)
        np.multiply(g, slope, out=g)

    def step(self):
        """Update every parameter: p <- p - step g."""
        np.multiply(self.grads, self.steps, out=self.grads)
        np.subtract(self.params, self.grads, out=self.params)


class FastScores(FastNetworks):
    """The same with the output of today: a score for each class, learned; minus it, a penalty."""

    shapes = SHAPES | {13: (10, 85)}

    def _make_output(self, dtype):
        """Make the arrays of the scores."""
        self.x7 = np.ones((len(self.models), 85), dtype)  # y6 and a 1

    def _forward_output(self):
        """Return the penalties (M, 10), from y6."""
        self.x7[:, :-1] = self.y6
        return -np.matmul(self.W[13], self.x7[:, :, None])[:, :, 0]

    def _backward_output(self, dpenalties):
        """Set g6, dL/d(state of F6), and the gradients of the scores' weights."""
        dscores = -dpenalties
        np.multiply(dscores[:, :, None], self.x7[:, None], out=self.dW[13])
        self.g6[...] = np.matmul(dscores[:, None], self.W[13])[:, 0, :-1]


def side_by_side(models, losses):
    """Return FastNetworks or FastScores, whichever has the output of the models."""
    kind = FastNetworks if isinstance(models[0].layers[-1], RBF) else FastScores
    return kind(models, losses)


def add_fours(y, rows, out):
    """Add 2x2 windows of y (M, maps, H, W), rows first; what is wider than `out` is left out."""
    np.add(y[:, :, ::2], y[:, :, 1::2], out=rows)
    width = 2 * out.shape[3]
    np.add(rows[..., :width:2], rows[..., 1:width:2], out=out)


def to_fours(ds, out):
    """Write each entry of ds (M, maps, H/2, W/2) to the four pixels of its window."""
    width = 2 * ds.shape[3]
    for i, j in np.ndindex(2, 2):
        out[:, :, i::2, j:width:2] = ds


def subsample(wb, s, out):
    """Write the weighted sums of S2 or S4: wb (M, 2, maps) has coefficients and biases.

    `s` has the sums of four. Return `out`.
    """
    np.multiply(s, wb[:, 0, :, None], out=out)
    return np.add(out, wb[:, 1, :, None], out=out)


def subsample_grads(g, s, out):
    """Write dL/dw and dL/db (M, 2, maps)."""
    np.einsum("mcp,mcp->mc", g, s, out=out[:, 0])
    np.add.reduce(g, axis=2, out=out[:, 1])


def rubbish(loss):
    """Return the constant j of eq. 9 with which it is this loss."""
    return loss.j if isinstance(loss, MAPLoss) else ALL_RUBBISH
