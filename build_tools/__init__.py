"""What builds the package: the kernels in C, the wheels."""
