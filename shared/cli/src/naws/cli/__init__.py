"""The `naws` command."""
