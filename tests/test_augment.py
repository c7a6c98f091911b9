"""Moved digits: against loops by the definition, against SciPy, and against known pictures."""

from functools import partial
from inspect import Parameter, signature

import numpy as np
import oracles
import pytest
from scipy import ndimage

from lenet_core import load_digits
from lenet_core.augment import AUGMENTATIONS, _maps, affine, bilinear, shift
from lenet_core.recipes import DISTORTION

SHAPES = {"digits": (5, 1, 12, 12), "three maps": (4, 3, 7, 5), "one": (1, 1, 5, 9)}
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
each = pytest.mark.parametrize("augment", AUGMENTATIONS.values(), ids=AUGMENTATIONS)
still = partial(affine, degrees=0, scale=0, shear=0, pixels=0)


def images(shape, dtype=np.float64, seed=0):
    """Return images of noise that cannot be written to: no two pixels are alike."""
    X = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    X.setflags(write=False)
    return X


def rng(seed=0):
    return np.random.default_rng(seed)


def moved(x, down, right):
    """Return an image (C, H, W) moved by whole pixels, pixel by pixel."""
    y = np.empty_like(x)
    for c, i, j in np.ndindex(x.shape):
        inside = 0 <= i - down < x.shape[1] and 0 <= j - right < x.shape[2]
        y[c, i, j] = x[c, i - down, j - right] if inside else x[c, 0, 0]
    return y


def moves(x, y, pixels):
    """Return all (down, right) that move x to y."""
    span = range(-pixels, pixels + 1)
    return [(i, j) for i in span for j in span if np.array_equal(moved(x, i, j), y)]


# Both


def test_each_augmentation_is_known_by_its_name():
    assert AUGMENTATIONS == {"shift": shift, "affine": affine}


@each
@dtypes
@shapes
def test_shape_and_dtype_are_kept_and_the_result_is_new(augment, dtype, shape):
    X = images(shape, dtype)
    before = X.copy()
    got = augment(X, rng())
    assert (got.shape, got.dtype) == (X.shape, X.dtype)
    assert not np.shares_memory(got, X)
    got[...] = 7  # it may be written to
    np.testing.assert_array_equal(X, before)


@each
def test_the_seed_decides_and_a_generator_moves_on(augment):
    X, one = images((9, 1, 8, 8)), rng(1)
    first, second = augment(X, one), augment(X, one)
    np.testing.assert_array_equal(first, augment(X, rng(1)))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, augment(X, rng(2)))


@each
def test_no_value_lies_beyond_those_of_its_image_and_map(augment):
    X = images((50, 2, 9, 7))
    got = augment(X, rng())
    assert (got >= X.min(axis=(2, 3), keepdims=True) - 1e-15).all()
    assert (got <= X.max(axis=(2, 3), keepdims=True) + 1e-15).all()


@each
def test_an_even_picture_stays_even(augment):
    X = np.full((3, 2, 6, 6), 0.25)
    np.testing.assert_array_equal(augment(X, rng()), X)


@each
@pytest.mark.parametrize("layout", ["Fortran order", "backwards", "every second pixel"])
def test_the_order_in_memory_does_not_count(augment, layout):
    X = images((4, 2, 8, 6))
    got = augment(oracles.LAYOUTS[layout](X), rng())
    np.testing.assert_array_equal(got, augment(X, rng()))


@each
def test_no_images_are_moved_to_no_images(augment):
    assert augment(np.zeros((0, 1, 8, 8)), rng()).shape == (0, 1, 8, 8)


BAD_IMAGES = {
    "bytes": (np.zeros((2, 1, 4, 4), np.uint8), "X must hold float32 .*got uint8: scale pixels"),
    "no channels": (np.zeros((2, 4, 4)), r"X .* \(N, C, H, W\), got shape \(2, 4, 4\)"),
    "a list": ([[0.0]], "X must hold .*got a list"),
}


@each
@pytest.mark.parametrize(("X", "message"), BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_other_arrays_are_refused(augment, X, message):
    with pytest.raises(ValueError, match=message):
        augment(X, rng())


# Shift


@shapes
@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_each_image_is_moved_by_whole_pixels_and_background_comes_in(shape, pixels):
    X = images(shape)
    for seed in range(5):
        for x, y in zip(X, shift(X, rng(seed), pixels), strict=True):
            assert len(moves(x, y, pixels)) == 1  # all maps of an image alike


@pytest.mark.parametrize("pixels", [1, 2])
def test_all_moves_are_about_equally_likely(pixels):
    n, kinds = 5000, (2 * pixels + 1) ** 2
    x = images((1, 1, 6, 6))
    known = {
        moved(x[0], i, j).tobytes(): (i, j)
        for i in range(-pixels, pixels + 1)
        for j in range(-pixels, pixels + 1)
    }
    assert len(known) == kinds
    met = [
        known[y.tobytes()] for y in np.ascontiguousarray(shift(np.repeat(x, n, 0), rng(), pixels))
    ]
    counts = np.array([met.count(move) for move in known.values()])
    # Each has a binomial count: five of its standard deviations leave room for an unlucky seed.
    assert (np.abs(counts - n / kinds) < 5 * np.sqrt(n / kinds)).all()


def test_images_are_moved_independently_of_each_other_and_down_of_right():
    x = np.zeros((1, 1, 9, 9))
    x[0, 0, 4, 4] = 1
    got = shift(np.repeat(x, 2000, 0), rng())[:, 0]
    down, right = np.argwhere(got)[:, 1:].T
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.1
    assert abs(np.corrcoef(down[1:], down[:-1])[0, 1]) < 0.1


def test_by_default_digits_move_by_two_pixels_at_most():
    x = images((1, 1, 7, 7))
    found = {moves(x[0], y, 3)[0] for y in shift(np.repeat(x, 500, 0), rng())}
    assert found == {(i, j) for i in range(-2, 3) for j in range(-2, 3)}


@shapes
def test_a_shift_by_no_pixels_changes_nothing(shape):
    X = images(shape)
    got = shift(X, rng(), pixels=0)
    np.testing.assert_array_equal(got, X)
    assert not np.shares_memory(got, X)


def test_background_is_the_first_pixel_of_each_map():
    X = np.zeros((200, 2, 3, 3))
    X[:, :, 0, 0] = 5, 7
    got = shift(X, rng(), pixels=1)
    corners = {tuple(y[:, -1, -1].tolist()) for y in got}
    assert corners == {(0, 0), (5, 7)}  # a pixel of the image, or what moved in
    assert set(np.unique(got[:, 0])) == {0, 5}
    assert set(np.unique(got[:, 1])) == {0, 7}


def test_a_move_may_go_beyond_the_image():
    got = shift(images((300, 1, 2, 2)), rng(), pixels=5)
    assert (got == got[:, :, :1, :1]).all(axis=(1, 2, 3)).any()  # nothing but background is left


@pytest.mark.parametrize("pixels", [-1, 1.0, 0.5, True, None, "2", np.nan])
def test_a_shift_is_by_whole_pixels(pixels):
    message = f"pixels must be a whole number of at least 0, got {pixels!r}"
    with pytest.raises(ValueError, match=message):
        shift(images((2, 1, 4, 4)), rng(), pixels=pixels)


# Affine


def transformed(x, matrix, move):
    """Return an image (H, W) turned by SciPy about its centre: y[q] = x[A q + move]."""
    centre = (np.array(x.shape) - 1) / 2
    offset = centre - matrix @ centre + move
    return ndimage.affine_transform(x, matrix, offset, order=1, mode="nearest")


@dtypes
@shapes
@pytest.mark.parametrize("seed", range(3))
def test_affine_is_that_of_scipy_with_the_same_random_numbers(seed, shape, dtype):
    X, twin = images(shape, dtype), rng(seed)
    settings = dict(degrees=20, scale=0.2, shear=0.3)
    move = twin.uniform(-1.5, 1.5, (len(X), 2, 1))[:, :, 0]
    maps = _maps(len(X), twin, **settings)
    got = affine(X, rng(seed), **settings, pixels=1.5)
    want = [
        [transformed(x.astype(float), matrix, t) for x in image]
        for image, matrix, t in zip(X, maps.astype(float), move, strict=True)
    ]
    # Places are float32, and at most 12 pixels from 0: off by 1e-6, times differences of about 4.
    np.testing.assert_allclose(got, want, rtol=0, atol=2e-5)


@shapes
def test_between_pixels_lies_the_weighted_mean_that_scipy_finds(shape):
    n, _, h, w = shape
    X, draw = images(shape), rng(1)
    most = np.nextafter(np.array([[h - 1], [w - 1]], float), 0)
    p = draw.uniform(0, most, (n, 2, 40))
    want = [
        [ndimage.map_coordinates(x, q, order=1) for x in image]
        for image, q in zip(X, p, strict=True)
    ]
    np.testing.assert_allclose(bilinear(X, p), want, rtol=1e-12, atol=1e-14)


def test_at_its_pixels_an_image_has_their_values_and_half_way_their_mean():
    X = images((1, 2, 3, 4))
    p = np.array([[[0, 1, 0.5, 1.0], [2, 0, 0.0, 1.5]]])
    x = X[0]
    want = [x[:, 0, 2], x[:, 1, 0], (x[:, 0, 0] + x[:, 1, 0]) / 2, (x[:, 1, 1] + x[:, 1, 2]) / 2]
    np.testing.assert_allclose(bilinear(X, p)[0].T, want, rtol=1e-15, atol=1e-16)


@dtypes
@pytest.mark.parametrize("places", [np.float32, np.float64])
def test_values_between_pixels_have_the_dtype_of_the_image(dtype, places):
    assert bilinear(images((1, 1, 3, 3), dtype), np.full((1, 2, 4), 0.5, places)).dtype == dtype


@dtypes
@shapes
def test_settings_of_zero_give_the_image_back(shape, dtype):
    X = images(shape, dtype)
    np.testing.assert_allclose(still(X, rng()), X, rtol=0, atol=1e-5)


class Fixed(np.random.Generator):
    """A generator whose numbers are all the highest it may draw, or the lowest."""

    def __init__(self, share):
        super().__init__(np.random.PCG64(0))
        self.share = share

    def uniform(self, low, high, size):
        return np.full(size, low + (high - low) * self.share)


@pytest.mark.parametrize(("share", "by"), [(0, -2), (0.25, -1), (0.5, 0), (0.75, 1), (1, 2)])
def test_a_move_by_whole_pixels_is_that_move(share, by):
    X = np.zeros((2, 2, 11, 9))
    X[:, :, 3:-3, 3:-3] = images((2, 2, 5, 3))
    got = still(X, Fixed(share), pixels=2)
    want = [moved(x, -by, -by) for x in X]  # it looks up what lies `by` pixels further on
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-5)


def test_down_and_right_are_drawn_for_each_image():
    x = np.zeros((1, 1, 11, 11))
    x[0, 0, 5, 5] = 1
    got = still(np.repeat(x, 500, 0), rng(), pixels=2)[:, 0]
    places = np.arange(11)
    down, right = got.sum(axis=2) @ places - 5, got.sum(axis=1) @ places - 5
    for move in (down, right):
        assert move.min() == pytest.approx(-2, abs=0.05)
        assert move.max() == pytest.approx(2, abs=0.05)
        assert move.mean() == pytest.approx(0, abs=0.3)
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.2


@pytest.mark.parametrize(("share", "turns"), [(1, 1), (0, -1)])
def test_a_quarter_turn_is_a_quarter_turn(share, turns):
    X = images((2, 2, 6, 6))
    got = affine(X, Fixed(share), degrees=90, scale=0, shear=0, pixels=0)
    np.testing.assert_allclose(got, np.rot90(X, -turns, axes=(2, 3)), rtol=0, atol=1e-5)


def ramps(h=13, w=13):
    """Return pictures whose pixels tell their places, down and right, counted from the centre."""
    return (np.indices((h, w)) - np.array([(h - 1) / 2, (w - 1) / 2])[:, None, None])[:, None]


INNER = np.s_[4:-4, 4:-4]  # pixels whose origin lies inside, for small settings


@pytest.mark.parametrize("share", [0, 1])
@pytest.mark.parametrize("degrees", [5, 30])
def test_a_turn_leads_to_places_at_that_angle(degrees, share):
    (down,), (right,) = affine(ramps(), Fixed(share), degrees=degrees, scale=0, shear=0, pixels=0)
    (q_down,), (q_right,) = ramps()
    place = (down + 1j * right)[INNER] / np.where(q_down + 1j * q_right, q_down + 1j * q_right, 1)[
        INNER
    ]
    place = np.delete(place.ravel(), place.size // 2)  # the centre stays
    want = np.exp(1j * np.deg2rad(degrees) * (1 if share else -1))
    np.testing.assert_allclose(place, want, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("share", "times"), [(0, 0.9), (1, 1.1)])
def test_a_stretch_leads_to_places_that_many_times_as_far_from_the_centre(share, times):
    got = affine(ramps(), Fixed(share), degrees=0, scale=0.1, shear=0, pixels=0)[:, 0]
    want = times * ramps()[:, 0]
    np.testing.assert_allclose(got[:, *INNER], want[:, *INNER], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("share", "slant"), [(0, -0.25), (1, 0.25)])
def test_a_slant_moves_rows_sideways_and_leaves_columns_upright(share, slant):
    (down,), (right,) = affine(ramps(), Fixed(share), degrees=0, scale=0, shear=0.25, pixels=0)
    (q_down,), (q_right,) = ramps()
    np.testing.assert_allclose(down, q_down, rtol=0, atol=1e-5)
    np.testing.assert_allclose(right[INNER], (q_right + slant * q_down)[INNER], rtol=0, atol=1e-5)


def test_the_maps_lie_within_the_settings_and_reach_them():
    maps = _maps(4000, rng(), degrees=10, scale=0.2, shear=0.3).astype(float)
    # turn @ [[high, 0], [slant, wide]]: undo the turn, which leaves a zero above the diagonal
    angle = np.arctan2(-maps[:, 0, 1], maps[:, 1, 1])
    wide = np.hypot(maps[:, 0, 1], maps[:, 1, 1])
    high = np.cos(angle) * maps[:, 0, 0] + np.sin(angle) * maps[:, 1, 0]
    slant = np.cos(angle) * maps[:, 1, 0] - np.sin(angle) * maps[:, 0, 0]
    drawn = {"angle": np.rad2deg(angle), "high": high - 1, "wide": wide - 1, "slant": slant}
    for (name, values), most in zip(drawn.items(), (10, 0.2, 0.2, 0.3), strict=True):
        assert np.abs(values).max() < most * 1.00001, name
        assert values.max() > 0.99 * most, name
        assert values.min() < -0.99 * most, name
        assert abs(values.mean()) < 0.05 * most, name
    assert np.abs(np.corrcoef(list(drawn.values())) - np.eye(4)).max() < 0.1


def test_beyond_the_edge_lies_more_of_the_edge():
    X = images((1, 1, 4, 4))
    got = still(X, Fixed(1), pixels=9)  # all look at the last pixel
    np.testing.assert_allclose(got, X[0, 0, -1, -1], rtol=0, atol=1e-5)
    got = still(X, Fixed(0), pixels=9)
    np.testing.assert_allclose(got, X[0, 0, 0, 0], rtol=0, atol=1e-5)


def test_digits_are_still_much_like_themselves():
    X = load_digits()[0][:100]
    got = affine(X, rng())
    alike = [np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in zip(X, got, strict=True)]
    assert 0.6 < np.mean(alike) < 0.95
    np.testing.assert_array_equal(got[:, :, 0, 0], X[:, :, 0, 0])


@pytest.mark.parametrize("name", ["degrees", "scale", "shear", "pixels"])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf, True, None, "1"])
def test_settings_of_affine_are_numbers_that_make_sense(name, value):
    wanted = r"in \[0, 1\)" if name == "scale" else "of at least 0"
    message = f"{name} must be a number {wanted}, got {value!r}"
    with pytest.raises(ValueError, match=message):
        affine(images((2, 1, 4, 4)), rng(), **{name: value})


def test_affine_refuses_images_without_a_second_pixel_to_look_at():
    with pytest.raises(ValueError, match="at least 2 pixels a side, got 1x5"):
        affine(images((2, 1, 1, 5)), rng())
    np.testing.assert_allclose(still(images((2, 1, 2, 2)), rng()), images((2, 1, 2, 2)), atol=1e-5)


def test_affine_refuses_a_scale_that_would_turn_a_digit_inside_out():
    with pytest.raises(ValueError, match=r"scale must be a number in \[0, 1\), got 1"):
        affine(images((2, 1, 4, 4)), rng(), scale=1)


def test_affine_distorts_by_default_as_the_recipe_that_was_tried():
    parameters = signature(affine).parameters.values()
    settings = {p.name: p.default for p in parameters if p.default is not Parameter.empty}
    assert {"name": "affine"} | settings == DISTORTION


@each
@pytest.mark.parametrize("rng", [0, None, np.random.default_rng, np.random.RandomState(0)])
def test_all_but_a_generator_is_refused(augment, rng):
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator .*, got a"):
        augment(images((2, 1, 4, 4)), rng)
