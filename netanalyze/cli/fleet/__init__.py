"""Commands on many captures: a dataset made of them, and what it says."""
