"""The API for users of every N-AWS standard type; a pattern re-exports what its users need.

What patterns are made of is in `naws.core.authoring`; every other module is private. `__init__.pyi` lists
the names.
"""

from naws.core.lazy import names_of

__getattr__, __all__ = names_of(__name__, __file__)  # read from the list
