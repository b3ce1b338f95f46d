"""The recorder for machines without Python: the shell script that records, and what reads its archive.

``netanalyze recorder`` prints the script (begin.sh, looks.sh, command.sh, run.sh, with secrets.awk in it). Its archive is
opened by netanalyze.capture.archive; ``archive`` makes of its texts a run as live records it.
"""
