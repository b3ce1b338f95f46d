"""What holds for every command, from the program's first line to its last: its bytecode, and signals that end it."""
