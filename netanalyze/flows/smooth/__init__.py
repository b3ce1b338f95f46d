"""Connections that went smoothly, of which there is nothing to say: what they asked and waited for, told of all at once."""
