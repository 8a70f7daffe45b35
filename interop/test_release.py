"""What deploy/release asks before it builds, and what deploy/central-bundle holds back from Maven Central."""

import hashlib
import os
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
CLASSES = {
    "p/A.class": b"\xca\xfe\xba\xbeA.java",
    "p/A$Inner.class": b"\xca\xfe\xba\xbeA.java",
    "p/Second.class": b"A.java",
}


@pytest.fixture
def checkout(tmp_path):
    """A repository with a release to be made of it, and a Maven that only writes down what it is asked for."""
    root = tmp_path / "checkout"
    (root / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "release", root / "deploy")
    shutil.copy(ROOT / "pom.xml", root)
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mvn").write_text(f'#!/bin/sh\necho "$*" >"{tmp_path}/asked"\nexit 7\n')
    (tmp_path / "bin" / "mvn").chmod(0o755)
    return root


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
    for name, entries in {"": CLASSES, "-sources": {"p/A.java": b""}, "-javadoc": {"index.html": b""}}.items():
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
