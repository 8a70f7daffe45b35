"""The flags that the Helm chart and KServe's runtime give are flags of this server, and the distribution has the jars that it
should have; the rest is checked by deploy/check."""

import re
import runpy
import subprocess
import zipfile

import pytest

from server import BUILT_LAUNCHER, LAUNCHER, ROOT, run_launcher

MANIFESTS = [
    *(ROOT / "deploy/helm/nereid").rglob("*.yaml"),
    *(ROOT / "deploy/kserve").glob("*.yaml"),
    ROOT / "docs/scaling.md",
]
DISTRIBUTION = (LAUNCHER if LAUNCHER.parent.name == "bin" else BUILT_LAUNCHER).parent.parent
# Of the JDK, what jars name and the server does without: a runtime without it works.
NOT_NEEDED = {
    "java.desktop": "decodes JPEG where the machine has no libjpeg-turbo, which the image has; the tarball's runtime has it",
    "java.naming": "Netty's, for names in certificates that it checks as a client, which it is not here",
    "java.sql": "Gson's, for dates of databases where there are any",
    "jdk.jfr": "Netty's events, which the launcher turns off",
}
OF_THE_JDK = re.compile(rb"(?:com/sun|java|javax|jdk|org/ietf|org/w3c|org/xml|sun)/[\w/$]+")
FLAG = re.compile(r"(?:^\s*- |\")(--[a-z0-9-]+)=", re.MULTILINE)


@pytest.fixture(scope="module")
def jdk():
    """The home of the JDK that builds the server."""
    return subprocess.run([ROOT / "deploy/find-jdk"], check=True, capture_output=True, text=True).stdout.strip()


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


def test_the_distribution_has_the_jars_of_the_list():
    lines = (ROOT / "deploy/jars.txt").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    shipped = [re.sub(r"-\d[^/]*$", "", jar.name) for jar in (DISTRIBUTION / "lib").glob("*.jar")]
    assert sorted(shipped) == sorted(listed)


def modules_of_the_runtime():
    """Those that deploy/make-runtime puts into it, by their names there."""
    return set(re.search(r"^modules=(.*)$", (ROOT / "deploy/make-runtime").read_text(), re.MULTILINE).group(1).split(","))


def packages_of_the_jdk(home):
    """The module of each package."""
    listed = subprocess.run([f"{home}/bin/jimage", "list", f"{home}/lib/modules"], check=True, capture_output=True, text=True)
    module, packages = None, {}
    for line in listed.stdout.splitlines():
        if line.startswith("Module: "):
            module = line.removeprefix("Module: ")
        elif line.endswith(".class") and "/" in line:
            packages[line.strip().rpartition("/")[0]] = module
    return packages


def test_the_runtime_of_the_image_has_the_modules_that_the_jars_use(jdk):
    packages = packages_of_the_jdk(jdk)
    used = set()
    for jar in (DISTRIBUTION / "lib").glob("*.jar"):
        with zipfile.ZipFile(jar) as classes:
            for name in classes.namelist():
                if name.endswith(".class"):
                    named = {name.decode().rpartition("/")[0] for name in OF_THE_JDK.findall(classes.read(name))}
                    used |= {packages[package] for package in named & packages.keys()}
    assert {"java.net.http", "java.xml"} | NOT_NEEDED.keys() <= used
    assert used - NOT_NEEDED.keys() - modules_of_the_runtime() == set()


def test_the_check_of_the_images_knows_every_instruction():
    checker = runpy.run_path(str(ROOT / "deploy/dockerfile-check"))
    for file in ("Dockerfile", "examples/gourmetgram/Dockerfile", "examples/gourmetgram/notebook/Dockerfile"):
        used = {keyword for keyword, _ in checker["instructions"](file)}
        assert "FROM" in used
        assert [word for word in used if not hasattr(checker["Build"], f"do_{word.lower()}")] == []
