"""The recipes of 1998 whose records are the book's results."""

from .recipe import Recipe1998

PLAIN = Recipe1998("1998", start="unit", scale=0.5, memory="largest")

RECIPES_1998 = {recipe.name: recipe for recipe in (PLAIN,)}
