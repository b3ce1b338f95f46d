"""``python -m netanalyze.fleet``: the tables of a dataset, as docs/batch.md lists them."""

from netanalyze.fleet.schema import markdown

if __name__ == "__main__":
    print(markdown())
