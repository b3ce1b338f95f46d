"""Commands on many captures: a dataset made of them, what it says, and whether each run keeps a policy."""
