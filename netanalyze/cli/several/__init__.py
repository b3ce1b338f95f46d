"""Commands on several captures that are told apart: of one path at several points, of one command at several times."""
