"""What the flows of a capture tell together: of the network between them, and of where it was captured."""
