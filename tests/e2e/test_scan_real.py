"""Real exports that others published: nothing crashes, every tally closes."""

import json

import pytest
from conftest import run


def test_a_lab_tenant_under_attack(scan, data):
    done = scan(data / "invictus_o365_dataset")
    s = done.summary
    assert (s["records"], s["events"], s["duplicates"], s["rejected"]) == (9611, 5373, 4235, 3)
    assert s["conflicts"] == 0 and s["kinds"] == {"o365.audit": 5373}
    assert {r["reason"] for r in done.rejects} == {"AuditData is empty"}
    assert s["findings"]["high"] > 0


def test_the_same_lab_one_record_an_operation(scan, data):
    s = scan(data / "m365samples").summary
    assert s["records"] == 121 and s["rejected"] == 0 and s["kinds"]["o365.audit"] == 121


FOLDERS = """elastic_integrations elastic_beats panther splunk_security_content cribl_packs wazuh
    azure_sentinel_fork streamalert plaso ocsf_examples sigma lanes authzen jwt ssf tlog scuba
    pep-captures onprem sigmahq""".split()


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_else_closes(scan, data, folder):
    done = scan(data / folder, options=["--format", "ndjson"], check=None)
    assert done.done.returncode in (0, 2)
    assert done.summary["files"] + done.summary["files_skipped"] > 0
    for line in done.lines:
        assert line["class_uid"] == 2004


def test_kinds_that_must_be_known(scan, data):
    packages = data / "elastic_integrations" / "packages"
    for folder, kind in {
        "o365": "o365.audit", "okta": "okta.system", "azure/data_stream/auditlogs": "entra.audit",
        "azure/data_stream/graphactivitylogs": "graph.activity",
        "github/data_stream/audit": "github.audit",
    }.items():
        kinds = scan(packages / folder).summary["kinds"]
        assert kinds[kind] >= 0.9 * sum(
            n for name, n in kinds.items() if name != "unknown"), (folder, kinds)
    signins = scan(packages / "azure/data_stream/signinlogs").summary["kinds"]
    assert {"entra.signin", "entra.signin.noninteractive", "entra.signin.serviceprincipal",
            "entra.signin.managedidentity"} <= set(signins), json.dumps(signins)


def test_sigmahq_rules_load(data):
    rules = data / "sigmahq" / "rules"
    folders = [rules / name for name in ("cloud", "identity", "application")]
    done = run("rules", "check", *folders, check=None)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
