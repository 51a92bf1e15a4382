"""The front door: the command `flatsort`."""
