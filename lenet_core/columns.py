"""im2col and col2im: a convolution as one matrix product (Chellapilla, Puri and Simard, 2006).

Images have the shape (N, C, H, W) and, in memory, the batch last: (C, H, W, N). Then a column
matrix is copied in runs of N neighbouring numbers, and the product of a kernel matrix with it
already lies in memory as the next layer wants it.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .validate import as_pair, check_array, check_fits, image_shape


def im2col(x, kernel_size, stride=1):
    """Lay each window of the images out as a column.

    Parameters
    ----------
    x : array (N, C, H, W)
    kernel_size, stride : int or (height, width), in pixels

    Returns
    -------
    columns : array (C*kh*kw, OH*OW*N), with OH = (H - kh) // stride + 1 and OW alike
        Rows run over channel, kernel row, kernel column. Columns run over output row, output
        column, image, the image fastest.

    Raises
    ------
    ValueError
        If `x` has not four axes, or the kernel is empty or larger than the images.
    """
    kh, kw = as_pair(kernel_size, "kernel_size")
    sh, sw = as_pair(stride, "stride")
    check_array(x, (None, None, None, None), "images")
    check_fits(x.shape[2:], (kh, kw), "kernel")
    x = np.ascontiguousarray(x.transpose(1, 2, 3, 0))  # (C, H, W, N); no copy if batch-last
    windows = sliding_window_view(x, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
    windows = windows.transpose(0, 4, 5, 1, 2, 3)  # (C, kh, kw, OH, OW, N)
    return windows.copy().reshape(
        x.shape[0] * kh * kw, math.prod(windows.shape[3:])
    )  # (C*kh*kw, OH*OW*N), the one copy


def col2im(columns, x_shape, kernel_size, stride=1):
    """Add each column back where im2col read it: the adjoint of im2col, not its inverse.

    Parameters
    ----------
    columns : array (C*kh*kw, OH*OW*N), as im2col returns it
    x_shape : (N, C, H, W), the shape of the images that im2col was given
    kernel_size, stride : int or (height, width), in pixels

    Returns
    -------
    x : array (N, C, H, W)
        A pixel that k windows share receives the sum of k entries.

    Raises
    ------
    ValueError
        If `columns` has not the shape that im2col gives for `x_shape`.
    """
    kh, kw = kernel_size = as_pair(kernel_size, "kernel_size")
    n, c, h, w = image_shape(x_shape)
    oh, ow = output_size((h, w), kernel_size, stride)
    check_array(columns, (c * kh * kw, oh * ow * n), "columns")
    columns = columns.reshape(c, kh, kw, oh, ow, n)
    x = np.zeros((c, h, w, n), columns.dtype)
    for i, j, rows, cols in window_pixels((oh, ow), kernel_size, stride):
        x[:, rows, cols] += columns[:, i, j]  # windows overlap: hence +=
    return x.transpose(3, 0, 1, 2)


def output_size(image, kernel_size, stride=1, name="kernel"):
    """Return (OH, OW): how many windows fit into an image of (height, width) pixels.

    `name` is what an error calls the window.
    """
    kernel, stride = as_pair(kernel_size, "kernel_size"), as_pair(stride, "stride")
    check_fits(image, kernel, name)
    return tuple((size - k) // s + 1 for size, k, s in zip(image, kernel, stride, strict=True))


def window_pixels(output, kernel_size, stride):
    """Yield (i, j, rows, cols): the image pixels that entry (i, j) of all the windows touches.

    `rows` and `cols` are slices; x[..., rows, cols] has the size `output` = (OH, OW).
    """
    (sh, sw), (oh, ow) = as_pair(stride, "stride"), output
    for i, j in np.ndindex(as_pair(kernel_size, "kernel_size")):
        yield i, j, slice(i, i + sh * (oh - 1) + 1, sh), slice(j, j + sw * (ow - 1) + 1, sw)
