"""How the laboratory's own processes are started, without starting a laboratory."""

import subprocess

from netanalyze.lab import relay, stage


def test_nothing_of_the_working_directory_is_imported(tmp_path):
    (tmp_path / "json.py").write_text("open('ran', 'w')\n")
    done = subprocess.run(
        stage.script(relay, "no JSON"), cwd=tmp_path, env=stage.with_this_package(), capture_output=True, text=True
    )
    assert "JSONDecodeError" in done.stderr  # it came so far
    assert not (tmp_path / "ran").exists()
