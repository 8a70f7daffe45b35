"""What deploy/release asks before it builds, and what deploy/central-bundle holds back from Maven Central."""

import hashlib
import os
import re
import shutil
import subprocess
import zipfile

import pytest

from server import ROOT

HOME = "https://git.example.org/owner/name"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <name>n</name><description>d</description><url>{HOME}</url>
  <licenses><license><name>l</name><url>https://l.example.org</url></license></licenses>
  <developers><developer><name>n</name></developer></developers>
  <scm><connection>scm:git:{HOME}.git</connection><developerConnection>scm:git:{HOME}.git</developerConnection>
    <url>{HOME}</url></scm>
</project>
"""
# As much of a class as is looked at: the name of its source.
A = b"\x01\x00\x06A.java"
CLASSES = {"p/A.class": b"\xca\xfe\xba\xbe" + A, "p/A$Inner.class": b"\xca\xfe\xba\xbe" + A, "p/Second.class": A}
# The length is in front of a name, and looks like a letter of it where it is that of $, 0 or A.
LONG = [letter * (ord(length) - len(".java")) for letter, length in ("d$", "z0", "aA")]
CLASSES |= {f"p/{name}.class": b"\x01\x01\x00" + bytes([len(name) + 5]) + name.encode() + b".java" for name in LONG}
SOURCES = {"p/A.java": b"", **{f"p/{name}.java": b"" for name in LONG}}


@pytest.fixture
def checkout(tmp_path):
    """A repository with a release to be made of it, and a Maven that only writes down what it is asked for."""
    root = tmp_path / "checkout"
    (root / "deploy").mkdir(parents=True)
    for file in ("deploy/release", "deploy/set-version", "pom.xml"):
        shutil.copy(ROOT / file, root / file)
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mvn").write_text(f'#!/bin/sh\necho "$*" >"{tmp_path}/asked"\nexit 7\n')
    (tmp_path / "bin" / "mvn").chmod(0o755)
    return root


def set_version(root, *arguments):
    command = [root / "deploy" / "set-version", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_one_command_sets_the_version_everywhere(tmp_path):
    """Whatever names the version now names the other one, and nothing else has changed."""
    version = re.search(r"^  <version>(.*)</version>", (ROOT / "pom.xml").read_text(), re.MULTILINE)[1]
    assert set_version(ROOT, "--check").returncode == 0, set_version(ROOT, "--check").stderr
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    before = {}
    for name in tracked.split("\0"):
        if name.endswith(("pom.xml", ".md", "Chart.yaml", "set-version")):
            copy = tmp_path / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy)
            before[copy] = copy.read_text()
    assert set_version(tmp_path, "7.8.9").returncode == 0
    for copy, text in before.items():
        if copy.name == "pom.xml":
            assert copy.read_text() == text.replace(version, "7.8.9"), copy
    chart = (tmp_path / "deploy/helm/nereid/Chart.yaml").read_text()
    assert "\nversion: 7.8.9\n" in chart and '\nappVersion: "7.8.9"\n' in chart
    assert "io.nereid:nereid-server:7.8.9" in (tmp_path / "README.md").read_text()
    assert "nereid_server-7.8.9-py3" in (tmp_path / "docs/install.md").read_text()
    assert set_version(tmp_path, version).returncode == 0
    assert {copy: copy.read_text() for copy in before} == before


def test_versions_that_are_none_or_not_everywhere(checkout):
    wrong = set_version(checkout, "next")
    assert wrong.returncode == 2 and "got 'next' (expected a version such as 0.2.0" in wrong.stderr
    (checkout / "README.md").write_text("depends on `io.nereid:nereid-server:0.0.1`")
    code, said, asked = release(checkout, f"--home={HOME}", "--no-sign")
    assert code == 1 and asked is None
    assert "README.md: got 0.0.1 (expected " in said and "deploy/set-version " in said


def release(checkout, *flags):
    """Exit code, what is said, and what Maven was asked for."""
    folder = checkout.parent
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "GNUPGHOME": str(folder / "no-keys"),
    }
    command = [checkout / "deploy" / "release", *flags]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    asked = folder / "asked"
    return finished.returncode, finished.stderr, asked.read_text() if asked.exists() else None


@pytest.mark.parametrize(
    "remote",
    [
        HOME,
        f"{HOME}.git/",
        "https://user:secret@git.example.org/owner/name.git",
        "git@git.example.org:owner/name.git",
        "ssh://git@git.example.org:2222/owner/name.git",
    ],
)
def test_the_address_is_that_of_the_remote(checkout, remote):
    subprocess.run(["git", "-C", checkout, "remote", "add", "origin", remote], check=True)
    code, said, asked = release(checkout)
    assert code == 7 and f" -Dproject.home={HOME} " in asked, said
    assert "gpg has no secret key" in said and "secret@" not in said + asked


@pytest.mark.parametrize(
    "remote, flags, expected",
    [
        (None, (), "where is the project published?"),
        ("../elsewhere", (), "where is the project published?"),
        (
            HOME,
            ("--home=nereid.example.org",),
            "--home: got 'nereid.example.org' (expected as https://HOST/OWNER/NAME)",
        ),
        (HOME, ("--sign",), "--sign: gpg has no secret key to sign with"),
    ],
)
def test_nothing_is_built_before_it_is_known_what_to_publish(checkout, remote, flags, expected):
    if remote is not None:
        subprocess.run(["git", "-C", checkout, "remote", "add", "origin", remote], check=True)
    code, said, asked = release(checkout, *flags)
    assert (code, asked) == (1, None)
    assert expected in said


@pytest.fixture
def published(tmp_path):
    """A Maven repository of one module that has all that it should."""
    folder = tmp_path / "maven" / "io" / "module" / "1.0"
    folder.mkdir(parents=True)
    (folder.parent / "maven-metadata.xml").write_text("<metadata/>")
    put(folder, "module-1.0.pom", POM.encode())
    for name, entries in {"": CLASSES, "-sources": SOURCES, "-javadoc": {"index.html": b""}}.items():
        put_jar(folder, f"module-1.0{name}.jar", entries)
    return folder


def put(folder, name, content):
    (folder / name).write_bytes(content)
    for kind in ("md5", "sha1"):
        (folder / f"{name}.{kind}").write_text(hashlib.new(kind, content).hexdigest())


def put_jar(folder, name, entries):
    with zipfile.ZipFile(folder / name, "w") as jar:
        for entry, content in entries.items():
            jar.writestr(entry, content)
    put(folder, name, (folder / name).read_bytes())


def bundle(published):
    """Exit code, what is said, and what the archive has."""
    root = published.parents[2]
    target = root.parent / "bundle.zip"
    command = [ROOT / "deploy" / "central-bundle", root, target]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    names = zipfile.ZipFile(target).namelist() if target.exists() else None
    return finished.returncode, finished.stderr, names


def test_the_bundle_has_every_file_with_its_checksums_and_signature(published):
    files = [file.name for file in published.iterdir()]
    code, said, names = bundle(published)
    assert code == 0 and "4 files are not signed" in said
    assert sorted(names) == sorted(f"io/module/1.0/{name}" for name in files)
    for file in files:
        if file.endswith((".jar", ".pom")):
            (published / f"{file}.asc").write_text("signed")
    code, said, names = bundle(published)
    assert (code, said) == (0, "") and "io/module/1.0/module-1.0-sources.jar.asc" in names


def test_what_is_missing_is_told_and_nothing_is_written(published):
    put_jar(published, "module-1.0-sources.jar", {"p/B.java": b""})
    put(
        published,
        "module-1.0.pom",
        POM.replace(f"<url>{HOME}</url></scm>", "<url>${project.home}</url></scm>").encode(),
    )
    (published / "module-1.0-javadoc.jar").unlink()
    (published / "module-1.0.jar.sha1").write_text("0" * 40)
    code, said, names = bundle(published)
    assert (code, names) == (1, None)
    assert said.splitlines() == [
        f"central-bundle: 1.0/module-1.0.{text}"
        for text in (
            "jar: no right checksum module-1.0.jar.sha1",
            "jar: no Javadoc",
            *(f"jar: no source of {name}" for name in sorted(CLASSES)),
            "pom: no scm/url",
        )
    ]
