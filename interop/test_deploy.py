"""The flags that the Helm chart and KServe's runtime give are flags of this server; the rest is checked by deploy/check."""

import re

import pytest

from server import ROOT, run_launcher

MANIFESTS = [
    *(ROOT / "deploy/helm/nereid").rglob("*.yaml"),
    *(ROOT / "deploy/kserve").glob("*.yaml"),
    ROOT / "docs/scaling.md",
]
FLAG = re.compile(r"(?:^\s*- |\")(--[a-z0-9-]+)=", re.MULTILINE)


@pytest.fixture(scope="module")
def help_text():
    return run_launcher("--help").stdout


def test_every_flag_in_the_manifests_works(help_text):
    used = {flag for path in MANIFESTS for flag in FLAG.findall(path.read_text())}
    assert {"--drain-grace-secs", "--model-repository", "--metrics-port"} <= used
    known = set(re.findall(r"--[a-z0-9-]+", help_text))
    assert used - known == set()


def test_the_image_has_the_user_of_the_chart():
    values = (ROOT / "deploy/helm/nereid/values.yaml").read_text()
    user = re.search(r"runAsUser: (\d+)", values).group(1)
    assert f"--uid {user} " in (ROOT / "Dockerfile").read_text()
