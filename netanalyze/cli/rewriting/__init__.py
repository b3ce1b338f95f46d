"""Commands that write a capture anew: a part of it, with comments, without names."""
