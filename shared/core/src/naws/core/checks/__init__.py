"""Whether the parts of a plan may be built: each module selects what the rules of `naws.core.rules` judge."""
