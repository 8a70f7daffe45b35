"""The example of a Java program with the server in its own process, built by Maven against the installed modules."""

import os
import pathlib
import re
import subprocess

import pytest

from server import FOOD11_MODELS, ROOT

# Folders with a pom of their own alone, and the name of the jar of each module.
PARENTS = (".", "server")
MODULES = {
    "model-repo": "nereid-model-repo",
    "scheduler": "nereid-scheduler",
    "backends": "nereid-backends",
    "server/core": "nereid-server-core",
    "server/observability": "nereid-server-observability",
    "server/frontend": "nereid-server-frontend",
    "server/http": "nereid-server-http",
    "server/grpc": "nereid-server-grpc",
    "server/console": "nereid-server-console",
    "server/launcher": "nereid-server",
}
MINUTES = 5


def java_25():
    """The home of a JDK 25 or newer."""
    homes = [os.environ.get("JAVA_HOME", ""), *sorted(map(str, pathlib.Path("/usr/lib/jvm").glob("*")))]
    for home in homes:
        release = pathlib.Path(home, "release")
        if pathlib.Path(home, "bin", "javac").exists() and release.exists():
            version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.M)
            if version and int(version[1]) >= 25:
                return home
    pytest.fail(f"no JDK 25 among {homes}")


def maven(*arguments):
    return subprocess.run(
        ["mvn", "-B", "-ntp", "-q", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "JAVA_HOME": java_25()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60 * MINUTES,
    )


def install(pom, *arguments):
    """What `mvn install` does with one module, without building it again."""
    finished = maven("-N", "install:install-file", f"-DpomFile={pom}", *arguments)
    assert finished.returncode == 0, finished.stdout


@pytest.fixture(scope="module")
def installed():
    for parent in PARENTS:
        pom = ROOT / parent / "pom.xml"
        install(pom, f"-Dfile={pom}", "-Dpackaging=pom")
    for folder, name in MODULES.items():
        (jar,) = (ROOT / "server" / "target" / "nereid" / "lib").glob(f"{name}-[0-9]*.jar")
        install(ROOT / folder / "pom.xml", f"-Dfile={jar}")


def classify(repository, photograph):
    return maven(
        "-f",
        ROOT / "examples" / "embedded",
        "compile",
        "exec:java",
        "-Dexec.mainClass=Classify",
        f"-Dexec.args={repository} {photograph}",
    )


def test_a_photograph_is_classified_without_a_port(installed):
    finished = classify(FOOD11_MODELS, ROOT / "examples" / "food11" / "images" / "fruits.jpg")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    classes = re.findall(r"-?\d+\.\d+:\d+:(.+)", finished.stdout)
    assert len(classes) == 3, finished.stdout
    assert classes[0] == "Vegetable/Fruit"


def test_a_model_that_cannot_be_loaded_is_named_with_the_reason(installed, tmp_path):
    (tmp_path / "food_classifier_onnx" / "1").mkdir(parents=True)
    (tmp_path / "food_classifier_onnx" / "1" / "model.onnx").write_bytes(b"no model")
    finished = classify(tmp_path, ROOT / "examples" / "food11" / "images" / "fruits.jpg")
    assert finished.returncode != 0
    received = finished.stdout + finished.stderr
    assert "failed to load all models: 'food_classifier_onnx'" in received and "model.onnx" in received, received
