"""Other people's programs and formats: one file each, imported only when it is asked for.

Where the package or program is not installed, what needs it raises MissingProgram with the command that installs it.
"""
