"""The API for authors of patterns: the second public tier, beside `naws.core`. Its names are in `authoring.pyi`."""

from naws.core.lazy import names_of

__getattr__, __all__ = names_of(__name__, __file__)  # read from the list
