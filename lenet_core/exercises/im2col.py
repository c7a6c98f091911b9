"""Checkers of the chapter "Unroll an image"."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..columns import col2im as reference_col2im
from ..columns import im2col as reference_im2col
from ..columns import output_size
from .checker import Case, NotStarted, attempt, named, run_cases, same

TRANSPOSED = "this is the transpose of the right answer: rows and columns are exchanged"
SHAPE, KERNEL, STRIDE = (2, 3, 7, 6), (3, 2), 2  # of the exercise "Trace an entry"
ROW, COLUMN = 15, 11


def trace(place):
    """Check (n, c, p, q), the pixel at row 15 and column 11 of the exercise; None: not started."""
    if place is None:
        raise NotStarted("trace: replace the None by four numbers (n, c, p, q)")
    hints = [
        (traced(image_slowest=True), "along the columns the image runs fastest: n = 11 % 2"),
        (traced(channel_fastest=True), "down the rows the channel runs slowest: c = 15 // 6"),
        (traced(stride=1), "the stride is 2: p = 2·i + u and q = 2·j + v"),
        ((0, *traced()[1:]), "n is the remainder of 11 on division by 2, the number of images"),
        (traced(inside=False), "this is the first pixel of the window; add u and v"),
        (traced(window=False), "this is the entry of the kernel; add 2·i and 2·j"),
        (traced(kernel=KERNEL[::-1]), "the kernel is 3 high and 2 wide: v = 15 % 2"),
        (np.array(traced())[[1, 0, 2, 3]], "n comes first, then c"),
        (np.array(traced())[[0, 1, 3, 2]], "p is the row of the image and comes before q"),
    ]
    same("trace", place, traced(), hints, reveal=False)
    print("trace: right")


def traced(
    stride=STRIDE, kernel=KERNEL, image_slowest=False, channel_fastest=False,
    inside=True, window=True,
):  # fmt: skip
    """Return (n, c, p, q) for the exercise; the options make slips."""
    (n_images, channels, *_), (kh, kw) = SHAPE, kernel
    oh, ow = output_size(SHAPE[2:], KERNEL, STRIDE)
    c, u, v = (int(k) for k in np.unravel_index(ROW, (channels, kh, kw)))
    if channel_fastest:
        u, v, c = (int(k) for k in np.unravel_index(ROW, (kh, kw, channels)))
    i, j, n = (int(k) for k in np.unravel_index(COLUMN, (oh, ow, n_images)))
    if image_slowest:
        n, i, j = (int(k) for k in np.unravel_index(COLUMN, (n_images, oh, ow)))
    return n, c, window * stride * i + inside * u, window * stride * j + inside * v


def lands(function):
    """Check function(pixel, entry, kernel, stride, output, batch) -> (row, column)."""
    calls = {
        "the first pixel of one image": ((0, 0, 0, 0), (0, 0), (2, 2), 1, (2, 2), 1),
        "pixel 112 of the example as entry (1, 2)": ((1, 0, 1, 2), (1, 2), (2, 3), 1, (2, 2), 2),
        "pixel 112 of the example as entry (0, 1)": ((1, 0, 1, 2), (0, 1), (2, 3), 1, (2, 2), 2),
        "stride 2": ((0, 0, 3, 4), (1, 0), (3, 3), 2, (4, 5), 1),
        "stride 3, two channels, three images": ((2, 1, 4, 6), (1, 0), (2, 4), 3, (3, 4), 3),
    }
    cases = [
        Case(label, call, landed(*call), landing_mistakes(*call)) for label, call in calls.items()
    ]
    run_cases("lands", function, cases)


def landed(pixel, entry, kernel, stride, output, batch):
    """Return the row and the column in which a pixel is an entry of the kernel."""
    (n, c, p, q), (u, v), (kh, kw) = pixel, entry, kernel
    i, j = (p - u) // stride, (q - v) // stride
    return (c * kh + u) * kw + v, (i * output[1] + j) * batch + n


def landing_mistakes(pixel, entry, kernel, stride, output, batch):
    """Return the places that common slips give, each with its hint."""
    (n, c, p, q), (u, v), (kh, kw), (oh, ow) = pixel, entry, kernel, output
    row, column = landed(pixel, entry, kernel, stride, output, batch)
    i, j = (p - u) // stride, (q - v) // stride
    return (
        ((row, (p // stride * ow + q // stride) * batch + n),
         "the pixel is entry (u, v) of its window: the window begins at (p - u, q - v)"),
        ((row, ((p - u) * ow + q - v) * batch + n), "the windows begin `stride` pixels apart"),
        ((row, (n * oh + i) * ow + j), "the image runs fastest along the columns"),
        ((row, i * ow + j + n), "each place has `batch` columns, one for each image"),
        ((row, (i * ow + j) * batch), "the image is missing: add n"),
        ((row, ((p + u) // stride * ow + (q + v) // stride) * batch + n),
         "p = s·i + u: subtract u before you divide by s"),
        ((row, (i * oh + j) * batch + n), "one row of windows has `ow` places, not `oh`"),
        (((c * kw + u) * kh + v, column), "one row of the kernel has `kw` entries, not `kh`"),
        ((u * kw + v, column), "the channel is missing: kh·kw rows belong to each"),
        ((column, row), "first the row, then the column"),
    )  # fmt: skip


def im2col_rows(function):
    """Check function(x, kernel, stride) -> columns (C*kh*kw, OH*OW*N), the image fastest."""
    sizes = {
        "a 1x4 image, kernel (1, 2), stride 1": ((1, 1, 1, 4), (1, 2), 1),
        "a 3x4 image, kernel (2, 3), stride 1": ((1, 1, 3, 4), (2, 3), 1),
        "two images of 3x4": ((2, 1, 3, 4), (2, 3), 1),
        "a 1x7 image, kernel (1, 3), stride 2": ((1, 1, 1, 7), (1, 3), 2),
        "a 5x7 image, kernel (3, 2), stride 2": ((1, 1, 5, 7), (3, 2), 2),
        "a 6x8 image, stride 3: pixels left out": ((1, 1, 6, 8), (2, 2), 3),
        "three images of two channels": ((3, 2, 6, 5), (2, 3), 2),
    }
    cases = [rows_case(label, *size) for label, size in sizes.items()]
    run_cases("im2col by rows", function, cases)


def rows_case(label, shape, kernel, stride):
    """Return the case of images of different whole numbers."""
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    right = reference_im2col(x, kernel, stride)
    output = output_size(shape[2:], kernel, stride)
    blocks = right.reshape(-1, *output, shape[0])  # (C*kh*kw, OH, OW, N)
    entries = right.reshape(shape[1], *kernel, -1)
    dense = reference_im2col(x, kernel).reshape(
        len(right), *output_size(shape[2:], kernel), shape[0]
    )
    crowded = dense[:, : output[0], : output[1]]
    hints = (
        (right.T, TRANSPOSED),
        (dense.reshape(len(right), -1), "the stride is ignored: slices may have a step"),
        (crowded.reshape(right.shape), "the right number of places, but one pixel apart:\n"
         "the slice needs the step as well, start:stop:stride"),
        (blocks.transpose(0, 3, 1, 2).reshape(right.shape),
         "the image has to run fastest: move the axis N to the end first"),
        (entries.transpose(0, 2, 1, 3).reshape(right.shape),
         "u and v are exchanged: the rows run along the kernel's rows"),
        (entries.transpose(1, 2, 0, 3).reshape(right.shape),
         "the channel has to be the slowest of the rows"),
    )  # fmt: skip
    return Case(label, (x, kernel, stride), right, hints)


def col2im_rows(function):
    """Check function(columns, x_shape, kernel, stride) -> x (N, C, H, W)."""
    sizes = {
        "a 1x5 image, kernel (1, 3), stride 1": ((1, 1, 1, 5), (1, 3), 1),
        "a 3x4 image, kernel (2, 3), stride 1": ((1, 1, 3, 4), (2, 3), 1),
        "a 1x5 image, kernel (1, 2), stride 3: a gap": ((1, 1, 1, 5), (1, 2), 3),
        "a 6x5 image, kernel (3, 2), stride 2": ((1, 1, 6, 5), (3, 2), 2),
        "two images": ((2, 1, 3, 4), (2, 3), 1),
        "three images of two channels, stride 2": ((3, 2, 7, 6), (3, 2), 2),
    }
    cases = [back_case(number, *item) for number, item in enumerate(sizes.items())]
    run_cases("col2im by rows", function, cases)


def back_case(seed, label, size):
    """Return the case of a matrix of small whole numbers."""
    shape, kernel, stride = size
    rows, places = reference_im2col(np.zeros(shape), kernel, stride).shape
    columns = np.random.default_rng(seed).integers(1, 10, (rows, places)).astype(float)
    right = reference_col2im(columns, shape, kernel, stride)
    counts = reference_col2im(np.ones_like(columns), shape, kernel, stride)
    (_, c, *_), (kh, kw), (oh, ow) = shape, kernel, output_size(shape[2:], kernel, stride)
    blocks = columns.reshape(c, kh, kw, oh, ow, shape[0])
    slow = columns.reshape(c, kh, kw, shape[0], oh, ow).transpose(0, 1, 2, 4, 5, 3)
    hints = (
        (overwritten(blocks, shape, stride), "the last entry wins: windows overlap, so add: +="),
        (right / np.maximum(counts, 1), "these are means; the adjoint adds and never divides"),
        (reference_col2im(slow.reshape(columns.shape), shape, kernel, stride),
         "along the columns the image runs fastest: (C, kh, kw, OH, OW, N)"),
        (right.transpose(1, 2, 3, 0), "the axes are (C, H, W, N): bring N back to the front"),
        (right.transpose(1, 2, 3, 0).reshape(shape),
         "reshape does not move an axis: bring N to the front with transpose"),
    )  # fmt: skip
    return Case(label, (columns, shape, kernel, stride), right, hints)


def overwritten(blocks, shape, stride):
    """Return col2im with = for +=, entry by entry of the kernel."""
    _, kh, kw, oh, ow, _ = blocks.shape
    x = np.zeros(np.array(shape)[[1, 2, 3, 0]])
    for u, v in np.ndindex(kh, kw):
        stops = u + stride * (oh - 1) + 1, v + stride * (ow - 1) + 1
        x[:, u : stops[0] : stride, v : stops[1] : stride] = blocks[:, u, v]
    return x.transpose(3, 0, 1, 2)


def windows(function):
    """Check function(image, k) -> all k x k windows of a matrix, (OH, OW, k, k)."""
    whole = np.arange(48.0).reshape(6, 8)
    arrays = {
        "a new 3x4 image, k = 2": (whole[:3, :4].copy(), 2),
        "a new float32 image, k = 3": (whole[:4, :5].astype(np.float32), 3),
        "the transpose of a 3x2 image: its memory runs down": (whole[:3, :2].copy().T, 2),
        "an image in column order, k = 3": (np.asfortranarray(whole[:5, :4]), 3),
        "a wide image in column order": (np.asfortranarray(whole[:3, :7]), 2),
    }
    cases = [windows_case(label, *array) for label, array in arrays.items()]
    apart = windows_case("every second column of a wider image", whole[:4, :5].copy(), 2)
    calls = [(function, case) for case in cases] + [(on_every_second(function), apart)]
    for call, case in calls:
        got = attempt("windows", call, case)
        same(case.label, got, case.expected, case.hints, inputs=named(call, case.args))
    print(f"windows: right in all {len(calls)} cases")


def on_every_second(function):
    """Return `function`, but given its image as every second column of a wider array."""

    def spaced(image, k):
        wider = np.repeat(image, 2, axis=1)
        wider[:, 1::2] = -1
        return function(wider[:, ::2], k)

    return spaced


def windows_case(label, image, k):
    """Return the case of one matrix."""
    right = sliding_window_view(image, (k, k))
    plain = np.ravel(image, order="K").reshape(image.shape)  # as if its memory ran along the rows
    hints = (
        (sliding_window_view(plain, (k, k)),
         "right for a new array, wrong for one whose memory has another order:\n"
         "does the code ask the array for its steps, or does it guess them?"),
        (right.transpose(1, 0, 2, 3), "the windows run down the image; they have to run along"),
        (right.swapaxes(2, 3), "each window is transposed: the last two steps are exchanged"),
        (sliding_window_view(image.T, (k, k)), "both pairs of steps are exchanged"),
    )  # fmt: skip
    return Case(label, (image, k), right, hints)


def dilated(function):
    """Check function(x, k, d) -> columns of k x k entries that lie d pixels apart."""
    sizes = {
        "d = 1: as im2col": ((1, 1, 3, 3), 2, 1),
        "a 3x4 image, k = 2, d = 2: two windows": ((1, 1, 3, 4), 2, 2),
        "a 4x5 image, k = 2, d = 2": ((1, 1, 4, 5), 2, 2),
        "a 7x6 image, k = 3, d = 2": ((1, 1, 7, 6), 3, 2),
        "two images of two channels, d = 3": ((2, 2, 5, 6), 2, 3),
    }
    run_cases("gaps", function, [dilated_case(label, *size) for label, size in sizes.items()])


def dilated_case(label, shape, k, d):
    """Return the case: the rows of a wide kernel that the spread entries meet."""
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    wide = d * (k - 1) + 1
    every = reference_im2col(x, wide)
    output = output_size(shape[2:], wide)
    entries = every.reshape(shape[1], wide, wide, -1)
    right = entries[:, ::d, ::d].reshape(shape[1] * k * k, -1)
    blocks = right.reshape(-1, *output, shape[0])
    close = reference_im2col(x, k)
    crowded = entries[:, :k, :k].reshape(right.shape)
    hints = (
        (close, "the entries lie side by side: entry (u, v) is d·u and d·v pixels on"),
        (crowded, "the map has the right size, but the entries lie side by side"),
        (reference_im2col(x, k, d), "d is no stride: the windows still begin one pixel apart"),
        (every, "these are all pixels from the first entry to the last; leave the gaps out"),
        (right.T, TRANSPOSED),
        (blocks.transpose(0, 3, 1, 2).reshape(right.shape), "the image has to run fastest"),
    )
    return Case(label, (x, k, d), right, hints)
