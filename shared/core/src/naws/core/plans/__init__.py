"""The parts that plans are composed of: what was given, with every default filled in and every unit unified. Pure."""
