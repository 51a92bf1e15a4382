"""One file a subcommand, named after it; its function `command` states the arguments and does the work."""
