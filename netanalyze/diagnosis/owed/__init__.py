"""What speaks against health: moves that somebody owed and that never came."""
