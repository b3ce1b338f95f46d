"""Importing the package costs nothing; each thing is imported when it is used."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "matplotlib", "scapy", "pyshark", "pyarrow", "jinja2", "click", "rich")


def loaded_after(code):
    """The heavy modules that are loaded after running ``code`` in a fresh interpreter."""
    report = f"\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_of_the_package_loads_nothing_heavy():
    assert loaded_after("import netanalyze; netanalyze.__version__; netanalyze.NotACapture; dir(netanalyze)") == set()


def test_opening_needs_numpy_alone(recorded):
    code = f"import netanalyze; a = netanalyze.open({str(recorded('client-hello-dropped'))!r}); a.result; repr(a)"
    assert loaded_after(code) <= {"numpy"}


def test_tables_need_pandas_but_no_matplotlib(recorded):
    path = str(recorded("client-hello-dropped"))
    code = f"import netanalyze; a = netanalyze.open({path!r}); a.flows; a._repr_html_()"
    assert loaded_after(code) <= {"numpy", "pandas", "pyarrow"}


def test_figures_do_without_pyplot(recorded):
    path = str(recorded("client-hello-dropped"))
    code = f"import netanalyze, sys; netanalyze.open({path!r}).plot.ledger(); assert 'matplotlib.pyplot' not in sys.modules"
    assert "matplotlib" in loaded_after(code)


def test_all_is_sorted_and_everything_in_it_is_there():
    import netanalyze

    assert netanalyze.__all__ == sorted(netanalyze.__all__)
    for name in netanalyze.__all__:
        assert getattr(netanalyze, name) is not None
        assert name in dir(netanalyze)
    with pytest.raises(AttributeError, match="no attribute 'unheard_of'"):
        getattr(netanalyze, "unheard_" + "of")
