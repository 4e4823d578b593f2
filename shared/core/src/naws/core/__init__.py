"""What every N-AWS standard type is made of; import from its modules, a pattern re-exports what its users need."""
