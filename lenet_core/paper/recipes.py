"""The recipes of 1998 whose records are the book's results."""

from dataclasses import replace

from .recipe import Recipe1998

# The reading with the lowest mean error on held-out digits (`lenet_core.paper.readings`): eq. 9,
# the penalties times 1/20, the mean of all curvatures so far.
PLAIN = Recipe1998("1998", j=1.0, scale=0.05, memory="mean", shared_input=False)

# Two others that were run on all digits: S2 and S4 have one input in the curvature, and, as the
# paper seems to say, the curvature of earlier passes is forgotten.
SHARED = replace(PLAIN, name="1998-shared", shared_input=True)
NEWEST = replace(SHARED, name="1998-newest", memory="newest")

# Fig. 6: the first 15,000 or 30,000 digits, as many passes.
FEWER = [replace(PLAIN, name=f"1998-{n // 1000}k", n_digits=n) for n in (15_000, 30_000)]

# Sec. III-B: digits moved by random planar affine maps. The paper gives no ranges: these have the
# lowest mean error on held-out digits.
DISTORTED = replace(
    PLAIN,
    name="1998-distorted",
    augment={"name": "affine", "degrees": 0, "scale": 0.15, "shear": 0.15, "pixels": 2},
)

RECIPES_1998 = {recipe.name: recipe for recipe in (PLAIN, SHARED, NEWEST, *FEWER, DISTORTED)}
