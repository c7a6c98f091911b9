"""The pictures of the book: one module a chapter, and the style they share."""

from .style import style

__all__ = ["style"]
