"""PostgreSQL servers for the databases of the embedded AWS.

programs     where the binaries are, and as whom they run
  <- server  one server with its data; `keeper` ends it with whoever started it
gate         where clients connect: TLS, and what a database refuses
"""
