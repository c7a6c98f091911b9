"""The checkers that the chapters call: one module a chapter, and the means they share."""

from .checker import NotStarted, WrongAnswer, same

__all__ = ["NotStarted", "WrongAnswer", "same"]
