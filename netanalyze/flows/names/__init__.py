"""Names: what was asked of resolvers, how it went, and by which way."""
