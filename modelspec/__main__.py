"""`python -m modelspec`: the command line."""

from modelspec.cli import main

if __name__ == "__main__":
    main()
