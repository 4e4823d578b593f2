"""The catalogue's service: products from the database, each with its price from the service of prices."""
