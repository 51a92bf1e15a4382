"""`python -m flatsort`: the command without its script."""

from flatsort.cli.app import main

if __name__ == "__main__":
    main()
