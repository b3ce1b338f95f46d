"""The JSON: strict, as its schema says, and the schema as the tables say."""

import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
import sample_results

from netanalyze.conversations.dns import DnsTable
from netanalyze.conversations.tls import TlsTable
from netanalyze.report import json as report
from netanalyze.report import schema
from netanalyze.result import TABLES


def strict(text):
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def validator():
    document = json.loads(schema.PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def test_shipped_schema_is_current():
    told = "netanalyze/schema.json is out of date: python -m netanalyze.report.schema"
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), told


@pytest.mark.parametrize("name", sample_results.ALL)
def test_result_is_as_its_schema_says(name, validator):
    validator.validate(strict(report.render(sample_results.ALL[name]())))


def test_the_tables_that_can_be_left_out_are_those_that_the_schema_describes():
    assert ("ledger", *schema.TABLES) == TABLES


@pytest.mark.parametrize("tables", [(), ("flows",), ("ledger", "stalls")])
def test_tables_that_are_left_out_are_null_and_are_never_made(tables, validator):
    def never():
        raise AssertionError("it was made")

    result = replace(sample_results.failed(), dns=DnsTable.later(never), tls=TlsTable.later(never))
    document = strict(report.render(result, tables))
    validator.validate(document)
    assert {name for name in TABLES if document[name] is not None} == set(tables)
    assert document == json.loads(json.dumps(result.to_json(tables)))


@pytest.mark.parametrize("name", sample_results.ALL)
def test_rendering_changes_nothing(name):
    result = sample_results.ALL[name]()
    assert strict(report.render(result)) == json.loads(json.dumps(result.to_json()))


def test_every_member_is_described(validator):
    """Nothing is written that the schema does not know, nothing is left out that it promises."""

    def compare(value, described, path):
        if "$ref" in described:
            described = validator.schema["$defs"][described["$ref"].rpartition("/")[2]]
        for choice in described.get("anyOf", ()):
            if "$ref" in choice and value is not None:
                return compare(value, choice, path)
        if isinstance(value, dict) and "properties" in described:
            assert set(value) <= set(described["properties"]), path
            for name, member in value.items():
                compare(member, described["properties"][name], f"{path}.{name}")
        elif isinstance(value, list) and "items" in described:
            for member in value:
                compare(member, described["items"], f"{path}[]")
        return None

    for made in sample_results.ALL.values():
        compare(strict(report.render(made())), validator.schema, "result")


def test_schema_says_no_to_what_is_wrong(validator):
    document = strict(report.render(sample_results.failed()))
    for path, wrong in [
        (("verdict", "status"), "bad"),
        (("verdict", "cause"), "TLS"),
        (("verdict", "confidence"), 2),
        (("verdict", "culprit"), {"role": "somebody"}),
        (("findings", 0, "evidence"), []),
        (("ledger", 0, "phase"), "lunch"),
        (("flows", 0, "orig_port"), "https"),
        (("schema_version",), 2),
    ]:
        broken = json.loads(json.dumps(document))
        place = broken
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = wrong
        assert not validator.is_valid(broken), path


def test_numbers_that_json_does_not_have_become_null():
    result = sample_results.failed()
    odd = {
        "rtt": math.nan,
        "most": math.inf,
        "count": np.int64(3),
        "share": np.float64("nan"),
        7: {"a", "b"},
        "x": (1,),
    }
    result = replace(result, findings=(replace(result.findings[0], quantities=odd), *result.findings[1:]))
    written = strict(report.render(result))["findings"][0]["quantities"]
    assert written == {"rtt": None, "most": None, "count": 3, "share": None, "7": ["a", "b"], "x": [1]}


def test_a_row_of_a_table_is_a_line():
    lines = report.render(sample_results.failed()).splitlines()
    assert sum('"phase": ' in line for line in lines) == 7
    assert report.render(sample_results.failed()).isascii()
