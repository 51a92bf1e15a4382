"""One descriptor a file; the file's name is the descriptor's name, and its `load(request)` returns the descriptor."""
