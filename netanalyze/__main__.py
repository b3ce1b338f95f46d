"""``python -m netanalyze``: the command line, where the script is not on the PATH."""

from netanalyze.cli.main import main

if __name__ == "__main__":
    main()
